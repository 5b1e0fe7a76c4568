import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { App } from "./hops/app.ts";
import { cutover, cutoverProcess } from "./hops/cutover.ts";
import { dataFolder, firstModels, keysIn, postgres, writeConfig } from "./hops/scene.ts";

const hop = { to: "postgres" };

describePostgres("json → postgres by config and command", () => {
  it("goes there and back while an application writes, and nothing acknowledged is lost", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to-postgres", { hop, postgres });
    const env = { APP_DATABASE: database.url };
    const run = (verb: string, isReal = false): ReturnType<typeof cutover> =>
      (isReal ? cutoverProcess : cutover)([verb, folder, "--config", config], env);
    const app = new App({ folder, config, name: "a", env });
    onTestFinished(async () => void (await app.end()));
    await app.writes(5);
    expect((await run("plan")).answer).toMatchObject({ ok: true, blockedBy: [] });
    for (const [verb, stage, authority] of [
      ["start", "dualwrite", "json"],
      ["backfill", "shadow", "json"],
      ["verify", "shadow", "json"],
      ["switch", "live", "postgres"],
      ["verify", "live", "postgres"],
      ["reverse", "shadow", "json"],
    ] as const) {
      const isReal = verb === "start" || verb === "switch";
      const { code, answer } = await run(verb, isReal);
      expect([verb, code, answer.blockedBy]).toEqual([verb, 0, []]);
      await app.writes(5);
      const { units } = (await run("status")).answer;
      const at = { stage, authority, hop: { from: "json", to: "postgres" } };
      expect(units).toMatchObject([
        { unit: "assets/models", ...at },
        { unit: "assets/tags", ...at },
      ]);
    }
    const [row] = await database.query("SELECT count(*)::int AS records FROM cutover.models");
    expect(Number(row?.["records"])).toBeGreaterThan(firstModels);
    expect((await run("cancel")).code).toBe(0);
    await app.writes(5);
    expect(await app.end()).toBe(0);
    const keys = await keysIn(folder, "models.json");
    expect(keys.filter((key) => key.startsWith("a"))).toHaveLength(app.acknowledged);
    expect(keys).toHaveLength(firstModels + app.acknowledged);
  });
});
