import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { defineCollection, text } from "@cutover/core";
import { expect, it, onTestFinished } from "vitest";
import { openStorage } from "../../packages/cutover/src/open-storage.ts";
import { App } from "./hops/app.ts";
import { cutover, cutoverProcess } from "./hops/cutover.ts";
import { dataFolder, firstModels, keysIn, postgres, writeConfig } from "./hops/scene.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
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

  it("tells what a shell wrote to the copy, and repairs it", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to-postgres", { hop, postgres });
    const run = (...argv: readonly string[]): ReturnType<typeof cutover> =>
      cutover([...argv, folder, "--config", config], { APP_DATABASE: database.url });
    expect([(await run("start")).code, (await run("backfill")).code]).toEqual([0, 0]);
    await database.query("UPDATE cutover.models SET name = 'edited' WHERE key = 'm3'");
    expect((await run("verify")).code).toBe(3);
    const { answer } = await run("mismatches", "list");
    expect(answer["mismatches"]).toMatchObject([{ collection: "models", key: "m3" }]);
    expect((await run("repair")).code).toBe(0);
    expect([(await run("verify")).code, (await run("switch")).code]).toEqual([0, 0]);
    const { entries } = (await run("log")).answer;
    expect(entries).toContainEqual(
      expect.objectContaining({ action: "switch", unit: "assets/models" }),
    );
    const copy = await cutover(["backup", folder, `${folder}-copy`, "--config", config], {
      APP_DATABASE: database.url,
    });
    expect(copy.answer.blockedBy[0]?.code).toBe("NOT_SUPPORTED");
  });

  it("happens when an application starts whose config asks for it; of two at once, both serve the same", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to-postgres", {
      hop,
      postgres,
      cutover: { autoMigrate: true },
    });
    const env = { APP_DATABASE: database.url };
    const open = async (): Promise<readonly [number, unknown]> => {
      const warnings: unknown[] = [];
      const onWarning = (warning: unknown): void => void warnings.push(warning);
      await using storage = await openStorage({ folder, config, env, onWarning });
      return [await storage.collection(models).count(), warnings];
    };
    expect(await Promise.all([open(), open()])).toEqual([
      [firstModels, []],
      [firstModels, []],
    ]);
    const { answer } = await cutover(["status", folder, "--config", config], env);
    expect(answer.units).toMatchObject([{ stage: "live", authority: "postgres" }, {}]);
  });
});
