import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { App } from "./hops/app.ts";
import { cutover, cutoverProcess } from "./hops/cutover.ts";
import { dataFolder, firstModels, postgres, writeConfig } from "./hops/scene.ts";

const hop = { from: "sqlite", to: "postgres" };
const settings = { reverseWindowDays: 0 };

describePostgres("sqlite → postgres after json → sqlite, by config and command", () => {
  it("begins when the first hop is complete, fences who knows only that one, and comes back", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const first = await writeConfig(folder, "first", { cutover: settings });
    const second = await writeConfig(folder, "second", { cutover: settings, hop, postgres });
    const run = (verb: string, config: string, ...more: string[]): ReturnType<typeof cutover> =>
      cutover([verb, folder, "--config", config, ...more], env);
    const apps: App[] = [];
    onTestFinished(async () => void (await Promise.all(apps.map((app) => app.end()))));
    const begin = async (name: string, config: string): Promise<App> => {
      const app = new App({ folder, config, name, env });
      apps.push(app);
      await app.writes(3);
      return app;
    };
    const old = await begin("old", first);
    expect((await run("migrate", first)).code).toBe(0);

    // Not before the first hop is complete.
    const early = await run("start", second);
    expect(early.code).toBe(4);
    expect(early.answer.blockedBy[0]?.message).toContain('"models" is at live');
    for (const verb of ["complete", "complete"])
      expect((await run(verb, first, "--yes")).code).toBe(0);
    await old.writes(3);

    // Processes of both configs side by side, for as long as nothing has begun.
    const young = await begin("young", second);
    await old.writes(3);
    expect((await run("plan", second)).answer).toMatchObject({ ok: true });

    const started = await cutoverProcess(["start", folder, "--config", second], env);
    expect([started.code, started.answer.blockedBy]).toEqual([0, []]);
    expect(await old.ended()).toMatch(/^STAGE_REFUSED: .*sqlite to postgres.*restart it/);
    await expect(begin("late", first)).rejects.toThrow("sqlite→postgres");
    await young.writes(3);
    for (const verb of ["backfill", "verify", "switch", "verify"]) {
      const { code, answer } = await run(verb, second);
      expect([verb, code, answer.blockedBy]).toEqual([verb, 0, []]);
      await young.writes(3);
    }
    const status = await run("status", second);
    expect(status.answer.units).toMatchObject([
      { unit: "assets/models@postgres", stage: "live", authority: "postgres", hop },
      { unit: "assets/tags@postgres", stage: "live" },
    ]);
    expect((await run("doctor", second)).answer).toMatchObject({ ok: true, findings: [] });
    const [row] = await database.query("SELECT count(*)::int AS records FROM cutover.models");
    expect(Number(row?.["records"])).toBeGreaterThanOrEqual(firstModels + old.acknowledged);

    // Back: SQLite alone, and the first hop's config is good again.
    expect((await run("rollback", second, "--yes")).answer).toMatchObject({ ok: true });
    await young.writes(3);
    const again = await begin("again", first);
    await young.writes(3);
    expect(await Promise.all([again.end(), young.end()])).toEqual([0, 0]);
    const { units } = (await run("status", first)).answer;
    expect(units).toMatchObject([{ stage: "complete" }, { stage: "complete" }]);
    const written = [old, young, again].reduce((sum, app) => sum + app.acknowledged, 0);
    expect((await run("start", second)).code).toBe(0);
    expect((await run("backfill", second)).code).toBe(0);
    const { answer } = await run("verify", second);
    expect(answer.units).toMatchObject([{ records: firstModels + written, differences: 0 }, {}]);
  });
});
