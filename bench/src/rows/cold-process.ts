import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { benchFolder, conditionsOfBuilt, isBuilt } from "../built.ts";
import type { Timing } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { measureOf, type Measure } from "../measure.ts";
import { levelKind } from "../peers/level-kind.ts";
import { lmdbKind } from "../peers/lmdb-kind.ts";
import { lowKind } from "../peers/low-kind.ts";
import type { Row } from "../row.ts";
import { median } from "../stats.ts";
import { modelEntries } from "../stores/models.ts";
import { labelOf } from "../stores/store-kind.ts";

const withinMs = 55;
const opened = `
  import { defineCollection, integer, text } from "@cutover/core";
  import { sqliteBackend } from "@cutover/kysely/sqlite";
  const [path, key] = process.argv.slice(1);
  const backend = sqliteBackend({ path });
  const models = backend.collection(defineCollection({ name: "models", key: "filename",
    fields: { filename: text(), hf_repo: text(), size_bytes: integer() }, indexes: ["hf_repo"] }));`;

/** Fills the database with the entries of a file. */
const filling = `${opened}
  import { readFileSync } from "node:fs";
  await models.replaceAll(JSON.parse(readFileSync(key, "utf8")));
  await backend.close();`;

/**
 * Programs as text: as files of TypeScript they would pay for the stripping of their types. They
 * use the built packages, as an application does, and end with 3 where they find nothing.
 */
const programs: Readonly<Record<string, string>> = {
  "Node alone": "",
  cutover: `${opened}
    if ((await models.get(key)) === undefined) process.exit(3);
    await backend.close();`,
  "better-sqlite3": `
    import Database from "better-sqlite3";
    const [path, key] = process.argv.slice(1);
    const row = new Database(path).prepare("SELECT * FROM models WHERE filename = ?").get(key);
    if (row === undefined) process.exit(3);`,
  Kysely: `
    import Database from "better-sqlite3";
    import { Kysely, SqliteDialect } from "kysely";
    const [path, key] = process.argv.slice(1);
    const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(path) }) });
    const row = await db.selectFrom("models").selectAll().where("filename", "=", key).executeTakeFirst();
    if (row === undefined) process.exit(3);`,
  [lmdbKind.name]: `
    import { join } from "node:path";
    import { open } from "lmdb";
    const [, key, peers] = process.argv.slice(1);
    const database = open({ path: join(peers, "lmdb") });
    if (database.get(key) === undefined) process.exit(3);
    await database.close();`,
  [labelOf(levelKind)]: `
    import { join } from "node:path";
    import { ClassicLevel } from "classic-level";
    const [, key, peers] = process.argv.slice(1);
    const level = new ClassicLevel(join(peers, "level"), { valueEncoding: "json" });
    if ((await level.get(key)) === undefined) process.exit(3);
    await level.close();`,
  [labelOf(lowKind)]: `
    import { join } from "node:path";
    import { Low } from "lowdb";
    import { JSONFile } from "lowdb/node";
    const [, key, peers] = process.argv.slice(1);
    const low = new Low(new JSONFile(join(peers, "low.json")), {});
    await low.read();
    if (low.data[key] === undefined) process.exit(3);`,
};

/** Runs a program in a process of its own. @returns from its start to its end, in microseconds */
function microsecondsOf(program: string, args: readonly string[], conditions: string[]): number {
  const start = performance.now();
  const run = spawnSync(
    process.execPath,
    [...conditions, "--input-type=module", "-e", program, ...args],
    { cwd: benchFolder(), encoding: "utf8" },
  );
  const took = (performance.now() - start) * 1000;
  if (run.status !== 0) throw new Error(`a program ended with ${run.status}:\n${run.stderr}`);
  return took;
}

/** Row 12: a process that opens a database, asks for one record and ends. */
export const coldProcessRow: Row = {
  id: "12",
  title: "SQLite: cold process",
  async run({ folder, effort, note }) {
    const conditions = conditionsOfBuilt();
    if (!isBuilt()) note("12: the packages are not built (pnpm build); their sources were loaded");
    const entries = modelEntries(effort.records);
    const path = join(folder, "models.db");
    const list = join(folder, "entries.json");
    await writeFile(list, JSON.stringify(entries));
    microsecondsOf(filling, [path, list], conditions);
    const key = entries.at(-1)?.[0] ?? "";
    for (const kind of [lmdbKind, levelKind, lowKind]) {
      const store = await kind.open(folder);
      await store.fill(entries);
      await store.close();
    }
    const timings = Object.keys(programs).map((name): Timing => ({
      name,
      rounds: [],
      slowest: [],
    }));
    for (let round = 0; round <= operationsOf(effort, 20); round++) {
      for (const { name, rounds } of timings) {
        const took = microsecondsOf(programs[name] ?? "", [path, key, folder], conditions);
        // The first time, files are read from the disk.
        if (round > 0) rounds.push(took);
      }
    }
    const measure: Measure = measureOf(timings, {
      row: "12",
      what: "process: start, import, open, first get, end",
      unit: "ms",
      form: "cost",
      target: { withinMs },
    });
    const ours = timings.find(({ name }) => name === "cutover")?.rounds ?? [];
    return [{ ...measure, met: median(ours) <= withinMs * 1000 }];
  },
};
