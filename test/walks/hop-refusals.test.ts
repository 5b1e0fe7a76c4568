import { mkdtemp, readdir, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { defineCollection, isStorageError } from "@cutover/core";
import { expect, it, onTestFinished } from "vitest";
import { openStorage } from "../../packages/cutover/src/open-storage.ts";
import { readRecord } from "../../packages/cutover/src/state/record-file.ts";
import { leaveFirstHop, returnToFirstHop } from "../../packages/cutover/src/units/first-hop.ts";
import { App } from "./hops/app.ts";
import { cutover, type Ran } from "./hops/cutover.ts";
import { dataFolder, firstModels, postgres, writeConfig } from "./hops/scene.ts";

const tags = defineCollection({ name: "tags" });
const toPostgres = { hop: { to: "postgres" }, postgres };
const second = { hop: { from: "sqlite", to: "postgres" }, postgres };
const settings = { reverseWindowDays: 0 };

function reasonOf({ code, answer }: Ran): readonly [unknown, string] {
  return [code, answer.blockedBy.map(({ message }) => message).join("; ")];
}

describePostgres("a hop to Postgres", () => {
  it("is refused with what to set where the variable is missing, or the server does not answer, and nothing is changed", async () => {
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", toPostgres);
    const before = await readdir(folder);
    const run = (verb: string, address?: string): Promise<Ran> =>
      cutover(
        [verb, folder, "--config", config],
        address === undefined ? {} : { APP_DATABASE: address },
      );
    for (const verb of ["start", "plan", "doctor"]) {
      const [code, reason] = reasonOf(await run(verb));
      expect(code).toBe({ start: 2, plan: 4, doctor: 3 }[verb]);
      expect(reason).toContain(
        `${config}: \`postgres.urlVariable\` names the environment variable APP_DATABASE, which is not set`,
      );
      const gone = await run(verb, "postgres://user:geheim@127.0.0.1:1/app");
      expect(reasonOf(gone)[1]).toContain(
        `${config}: \`postgres.urlVariable\` (APP_DATABASE): postgres://127.0.0.1:1/app`,
      );
      expect(gone.output).not.toContain("geheim");
      for (const address of ["user:geheim@host", "postgres://user:1/geheim@host/app", "geheim"]) {
        const unreadable = await run(verb, address);
        expect(reasonOf(unreadable)[1]).toContain("which holds no address");
        expect(unreadable.output).not.toContain("geheim");
      }
    }
    expect(await readdir(folder)).toEqual(before);
  });

  it("is refused with the variable where that names another server than the folder moved by", async () => {
    const server = await startPostgres();
    await using database = await server.database();
    await using other = await server.database();
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", toPostgres);
    const run = (verb: string, { url }: { readonly url: string }): Promise<Ran> =>
      cutover([verb, folder, "--config", config], { APP_DATABASE: url });
    expect((await run("start", database)).code).toBe(0);
    for (const [verb, code] of [
      ["status", 4],
      ["doctor", 3],
    ] as const)
      expect(reasonOf(await run(verb, other))).toEqual([
        code,
        expect.stringContaining("APP_DATABASE names another server or database"),
      ]);
    expect((await run("status", database)).code).toBe(0);
  });

  it("is followed by nobody who has the files open for another hop, or for none", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", toPostgres);
    const others = [
      await writeConfig(folder, "sqlite", {}),
      await writeConfig(folder, "whole", { teams: undefined }),
    ];
    const apps = others.map((other) => new App({ folder, config: other, name: "app", env }));
    onTestFinished(async () => void (await Promise.all(apps.map((app) => app.end()))));
    for (const app of apps) await app.writes(3);
    expect((await cutover(["start", folder, "--config", config], env)).code).toBe(0);
    for (const app of apps) expect(await app.ended()).toMatch(/^STAGE_REFUSED: /);
    for (const other of others)
      expect(reasonOf(await cutover(["status", folder, "--config", other], env))).toEqual([
        4,
        expect.stringContaining("are on the hop json→postgres, and this config names json→sqlite"),
      ]);
  });

  it("does not write over records on the server that are not its own", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const [one, other] = [await dataFolder(), await dataFolder()];
    const run = async (verb: string, folder: string, ...more: string[]): Promise<Ran> => {
      const config = await writeConfig(folder, "to", { ...toPostgres, cutover: settings });
      return cutover([verb, folder, "--config", config, ...more], env);
    };
    expect((await run("start", one)).code).toBe(0);
    const [code, reason] = reasonOf(await run("start", other));
    expect([code, reason]).toEqual([4, expect.stringContaining("name another schema")]);
    expect((await run("backfill", one)).code).toBe(0);
    expect((await run("cancel", one)).code).toBe(0);
    expect(reasonOf(await run("start", other))).toEqual([
      4,
      expect.stringContaining('has records of "models" already'),
    ]);
    expect((await run("start", one)).code).toBe(0);
  });

  it("is taken up by an empty folder of another machine once all is complete, and not before", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const config = await writeConfig(folder, "to", { ...toPostgres, cutover: settings });
    const run = (verb: string, ...more: string[]): Promise<Ran> =>
      cutover([verb, folder, "--config", config, ...more], env);
    const far = await mkdtemp(join(tmpdir(), "cutover-far-"));
    const farConfig = await writeConfig(far, "to", toPostgres);
    const begin = (name: string): App => {
      const app = new App({ folder: far, config: farConfig, name, env });
      onTestFinished(async () => void (await app.end()));
      return app;
    };
    expect((await run("migrate")).code).toBe(0);
    expect(await begin("early").ended()).toMatch(/^STAGE_REFUSED: .*has none of the json data/);
    for (const verb of ["complete", "complete"]) expect((await run(verb, "--yes")).code).toBe(0);
    const app = begin("far");
    await app.writes(3);
    expect(await app.end()).toBe(0);
    const { units } = (await cutover(["status", far, "--config", farConfig], env)).answer;
    expect(units).toMatchObject([{ stage: "complete", authority: "postgres" }, {}]);
    const [row] = await database.query("SELECT count(*)::int AS records FROM cutover.models");
    expect(row).toEqual({ records: firstModels + app.acknowledged });
  });
});

describePostgres("a second hop", () => {
  it("takes all of the folder along, and is taken up by an empty folder of another machine at its end", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const first = await writeConfig(folder, "first", { cutover: settings });
    const config = await writeConfig(folder, "second", { ...second, cutover: settings });
    const one = { collections: [{ name: "tags" }], teams: {} };
    const part = await writeConfig(folder, "part", { ...second, ...one });
    const run = (verb: string, of: string, ...more: string[]): Promise<Ran> =>
      cutover([verb, folder, "--config", of, ...more], env);
    expect((await run("migrate", first)).code).toBe(0);
    for (const verb of ["complete", "complete"])
      expect((await run(verb, first, "--unit", "assets/tags", "--yes")).code).toBe(0);
    expect(reasonOf(await run("start", part))).toEqual([
      4,
      expect.stringContaining('"models" is at live'),
    ]);
    for (const verb of ["complete", "complete"])
      expect((await run(verb, first, "--unit", "assets/models", "--yes")).code).toBe(0);
    expect(reasonOf(await run("start", part))).toEqual([
      2,
      expect.stringContaining("the collections models, which this config does not define"),
    ]);
    for (const verb of ["migrate", "complete", "complete"])
      expect([verb, (await run(verb, config, "--yes")).code]).toEqual([verb, 0]);
    await rename(join(folder, "app.db"), join(folder, "app.db.aside"));
    expect((await run("doctor", config)).answer).toMatchObject({ ok: true });

    const far = await mkdtemp(join(tmpdir(), "cutover-far-"));
    const farConfig = await writeConfig(far, "second", second);
    await using storage = await openStorage({ folder: far, config: farConfig, env });
    expect(await storage.collection(tags).count()).toBe(2);
    expect((await cutover(["status", far, "--config", farConfig], env)).answer.units).toMatchObject(
      [{ stage: "complete", authority: "postgres" }, {}],
    );
  });

  it("of a folder that was migrated as a whole begins while nobody else has the database open", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const whole = await writeConfig(folder, "whole", { teams: undefined });
    const config = await writeConfig(folder, "second", second);
    const run = (verb: string, of: string, ...more: string[]): Promise<Ran> =>
      cutover([verb, folder, "--config", of, ...more], env);
    expect(reasonOf(await run("start", config))).toEqual([
      4,
      expect.stringContaining("move them to SQLite first"),
    ]);
    expect((await run("migrate", whole)).code).toBe(0);
    const old = new App({ folder, config: whole, name: "old", env });
    await old.writes(3);
    expect(reasonOf(await run("start", config))).toEqual([
      5,
      expect.stringContaining("is open in another process"),
    ]);
    await old.writes(3);
    expect(await old.end()).toBe(0);
    expect((await run("migrate", config)).code).toBe(0);
    const late = new App({ folder, config: whole, name: "late", env });
    expect(await late.ended()).toMatch(/^STAGE_REFUSED: .*sqlite→postgres/);
    const [row] = await database.query("SELECT count(*)::int AS records FROM cutover.models");
    expect(row).toEqual({ records: firstModels + old.acknowledged });
    expect((await run("rollback", config, "--yes")).code).toBe(0);
    expect((await run("verify", whole)).answer).toMatchObject({ ok: true });
  });

  it("whose start, or whose way back, died half-way is taken up by the next start", async () => {
    await using database = await (await startPostgres()).database();
    const env = { APP_DATABASE: database.url };
    const folder = await dataFolder();
    const first = await writeConfig(folder, "first", { cutover: settings });
    const config = await writeConfig(folder, "second", second);
    const run = (verb: string, of: string, ...more: string[]): Promise<Ran> =>
      cutover([verb, folder, "--config", of, ...more], env);
    for (const verb of ["migrate", "complete", "complete"])
      expect([verb, (await run(verb, first, "--yes")).code]).toEqual([verb, 0]);
    const target = { folder, databasePath: join(folder, "app.db") };
    const isServed = async (of: string): Promise<boolean> => {
      try {
        await using storage = await openStorage({ folder, config: of, env });
        await storage.collection(tags).put("green", { n: 3 });
        return true;
      } catch (error) {
        if (isStorageError(error, "STAGE_REFUSED")) return false;
        throw error;
      }
    };

    // A start that fenced the first hop, and died before the record said so.
    (await leaveFirstHop(target, await readRecord(folder), "test"))();
    expect([await isServed(first), await isServed(config)]).toEqual([false, true]);
    expect((await run("doctor", first)).answer["findings"]).toMatchObject([
      { code: "config-contradicts", message: expect.stringContaining("has moved on to the hop") },
      { code: "config-contradicts", weight: "broken" },
    ]);
    expect((await run("doctor", config)).answer["findings"]).toMatchObject([
      { code: "unfinished", remedy: "start" },
    ]);
    expect((await run("migrate", config)).code).toBe(0);
    expect((await run("reverse", config)).code).toBe(0);

    // A way back that let the first hop in again, and died before the record said so.
    const former = (await readRecord(folder))?.former;
    if (former === undefined) throw new Error("the record does not tell of the first hop");
    await returnToFirstHop({ folder }, former, "test");
    expect([await isServed(first), await isServed(config)]).toEqual([false, true]);
    expect((await run("rollback", config, "--yes")).code).toBe(0);
    expect([await isServed(first), await isServed(config)]).toEqual([true, true]);
  });
});
