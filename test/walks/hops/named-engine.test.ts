import { startPostgres, type TestDatabase } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it, onTestFinished } from "vitest";
import { engines } from "../../../adapters/kysely/src/postgres/engine.ts";
import { checkConfig } from "../../../packages/cutover/src/config/check-config.ts";
import { App } from "./app.ts";
import { cutover, type Ran } from "./cutover.ts";
import { disguise, type DisguisedEngine } from "./disguise.ts";
import { dataFolder, firstModels, postgres, writeConfig } from "./scene.ts";

const hop = { to: "postgres" };
const settings = { reverseWindowDays: 0 };

const forth = ["start", "backfill", "verify", "switch"];
const ways: readonly (readonly [DisguisedEngine, string, readonly string[]])[] = [
  [
    "cockroachdb",
    "there, back and there for good",
    [...forth, "reverse", "verify", "switch", "complete", "complete"],
  ],
  ["yugabytedb", "there", forth],
];

/** Names of what lies in the schemas of the records and of what decides about them. */
async function madeIn(
  database: TestDatabase,
  catalogue: "class" | "proc",
): Promise<ReadonlySet<string>> {
  const name = { class: "relname", proc: "proname" }[catalogue];
  const space = { class: "relnamespace", proc: "pronamespace" }[catalogue];
  const rows = await database.query(
    `SELECT nspname || '.' || ${name} AS name FROM pg_${catalogue} AS made
     JOIN pg_namespace AS space ON space.oid = made.${space} WHERE nspname LIKE 'cutover%'`,
  );
  return new Set(rows.map((row) => String(row["name"])));
}

function reasonOf({ code, answer }: Ran): readonly [unknown, string] {
  return [code, answer.blockedBy.map(({ message }) => message).join("; ")];
}

describePostgres("an engine named in the config", () => {
  it("can be each one that the adapter has a way with", () => {
    for (const engine of Object.keys(engines))
      expect(checkConfig({ collections: [], hop, postgres: { engine } }).problems).toBeUndefined();
  });

  it("that is not the one behind the server is refused with both, and nothing is made there", async () => {
    await using database = await (await startPostgres()).database();
    const folder = await dataFolder();
    const run = (verb: string, config: string): Promise<Ran> =>
      cutover([verb, folder, "--config", config], { APP_DATABASE: database.url });
    const refusals = { plan: 4, doctor: 3, start: 2 } as const;
    const named = await writeConfig(folder, "named", {
      hop,
      postgres: { ...postgres, engine: "cockroachdb" },
    });
    for (const [verb, code] of Object.entries(refusals))
      expect([verb, ...reasonOf(await run(verb, named))]).toEqual([
        verb,
        code,
        expect.stringMatching(/engine = PostgreSQL: the option `engine` says CockroachDB/),
      ]);
    expect(reasonOf(await run("plan", named))[1]).toContain("(see `postgres.engine`)");

    await disguise(database, "cockroachdb");
    const plain = await writeConfig(folder, "plain", { hop, postgres });
    for (const [verb, code] of Object.entries(refusals))
      expect([verb, ...reasonOf(await run(verb, plain))]).toEqual([
        verb,
        code,
        expect.stringMatching(
          /engine = CockroachDB: only PostgreSQL was tried.*engine: "cockroachdb"/,
        ),
      ]);
    expect(await madeIn(database, "class")).toEqual(new Set());
  });

  it.each(ways)(
    "%s, has records and what decides go by locks on rows, %s, while applications write",
    async (engine, _way, verbs) => {
      await using database = await (await startPostgres()).database();
      await disguise(database, engine);
      const env = { APP_DATABASE: database.url };
      const folder = await dataFolder();
      const more = { hop, postgres: { ...postgres, engine }, cutover: settings };
      const config = await writeConfig(folder, "named", more);
      const apps = ["a", "b"].map((name) => new App({ folder, config, name, env }));
      onTestFinished(async () => void (await Promise.all(apps.map((app) => app.end()))));
      const write = (): Promise<unknown> => Promise.all(apps.map((app) => app.writes(2)));
      await write();
      for (const verb of verbs) {
        const yes = verb === "complete" ? ["--yes"] : [];
        const { code, answer } = await cutover([verb, folder, "--config", config, ...yes], env);
        expect([verb, code, answer.blockedBy]).toEqual([verb, 0, []]);
        await write();
      }
      expect(await Promise.all(apps.map((app) => app.end()))).toEqual([0, 0]);
      const { units } = (await cutover(["status", folder, "--config", config], env)).answer;
      expect(units).toMatchObject([{ authority: "postgres" }, { authority: "postgres" }]);

      const rows = await database.query("SELECT key, name FROM cutover.models");
      const found = rows.map(({ key, name }) => `${String(key)}: ${String(name)}`);
      const written = apps.flatMap(({ name, acknowledged }) =>
        Array.from({ length: acknowledged }, (_, index) => `${name}${index}: ${name} ${index}`),
      );
      const first = Array.from({ length: firstModels }, (_, index) => `m${index}: Model ${index}`);
      expect(found.toSorted()).toEqual([...first, ...written].toSorted());
      // Both went by rows, or one of these would not have been made.
      const tables = ["cutover._cutover_turns", "cutover_control.lock_rows"];
      const made = await madeIn(database, "class");
      expect(tables.filter((table) => !made.has(table))).toEqual([]);
      const functions = await madeIn(database, "proc");
      expect(functions.size === 0).toBe(engine === "cockroachdb");
    },
    60_000,
  );
});
