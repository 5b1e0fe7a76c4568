import { join } from "node:path";
import { defineCollection, type Collection, type StorageBackend } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type Database from "better-sqlite3";
import { boundOf, contest } from "../contest.ts";
import { operationsOf, shortRounds, type Effort } from "../effort.ts";
import { measureOf, type Measure } from "../measure.ts";
import type { Row } from "../row.ts";
import { byHand, HandSqlite } from "../stores/hand-sqlite.ts";
import {
  changed,
  modelEntries,
  models,
  modelOptions,
  picker,
  type ModelEntry,
} from "../stores/models.ts";
import { cellsOf, rawDatabase, upsertSql, type ModelRow } from "../stores/raw-sqlite.ts";

const limit = 50;
const searchable = defineCollection<BenchmarkRecord>({ ...modelOptions, search: ["description"] });

/** Full text as the manual of FTS5 sets it up beside a table: external content and three triggers. */
const manualSearch = `
  CREATE VIRTUAL TABLE found USING fts5(description, content='models', tokenize='ascii');
  INSERT INTO found(found) VALUES ('rebuild');
  CREATE TRIGGER learn AFTER INSERT ON models BEGIN
    INSERT INTO found(rowid, description) VALUES (new.rowid, new.description);
  END;
  CREATE TRIGGER forget AFTER DELETE ON models BEGIN
    INSERT INTO found(found, rowid, description) VALUES ('delete', old.rowid, old.description);
  END;
  CREATE TRIGGER change AFTER UPDATE ON models BEGIN
    INSERT INTO found(found, rowid, description) VALUES ('delete', old.rowid, old.description);
    INSERT INTO found(rowid, description) VALUES (new.rowid, new.description);
  END`;

/** The stores of those who take part. */
interface Stage extends AsyncDisposable {
  readonly entries: readonly ModelEntry[];
  readonly plain: Collection<BenchmarkRecord>;
  readonly searched: Collection<BenchmarkRecord>;
  /** Reads the one with full text by hand. */
  readonly hand: HandSqlite;
  readonly raw: Database.Database;
}

async function setStage(folder: string, records: number): Promise<Stage> {
  const entries = modelEntries(records);
  const open = (name: string): StorageBackend => sqliteBackend({ path: join(folder, name) });
  const [plainStore, searchedStore] = [open("plain.db"), open("searched.db")];
  const plain = plainStore.collection(models);
  const searched = searchedStore.collection(searchable);
  await plain.replaceAll(entries);
  await searched.replaceAll(entries);
  const hand = new HandSqlite(join(folder, "searched.db"));
  const raw = rawDatabase(join(folder, "raw.db"), entries);
  raw.exec(manualSearch);
  return {
    entries,
    plain,
    searched,
    hand,
    raw,
    async [Symbol.asyncDispose]() {
      await hand[Symbol.asyncDispose]();
      await plainStore.close();
      await searchedStore.close();
      raw.close();
    },
  };
}

/** Words that the descriptions have, of all frequencies. */
function wordsOf(entries: readonly ModelEntry[]): string[] {
  const texts = entries.map(([, { description }]) => description.toLowerCase());
  return [...new Set(texts.flatMap((text) => text.match(/[a-z]{3,}/g) ?? []))].toSorted();
}

async function query({ entries, searched, hand, raw }: Stage, effort: Effort): Promise<Measure> {
  const wordAt = picker(wordsOf(entries));
  const rawSearch = raw.prepare<[string], ModelRow>(
    "SELECT models.* FROM found JOIN models ON models.rowid = found.rowid " +
      `WHERE found MATCH ? ORDER BY found.rowid LIMIT ${limit}`,
  );
  const handSearch = hand.search(limit);
  const timings = await contest(
    [
      {
        name: "better-sqlite3 with FTS5, prepared",
        asynchronous: false,
        operation: (index) => rawSearch.all(`"${wordAt(index)}"`),
      },
      {
        name: "cutover",
        asynchronous: true,
        operation: (index) => searched.search(wordAt(index), { limit }),
      },
      boundOf(byHand, (index) => handSearch(wordAt(index))),
    ],
    { rounds: shortRounds(effort), operations: operationsOf(effort, 200) },
  );
  return measureOf(timings, {
    row: "10",
    what: `full text: the first ${limit} records with a word`,
    target: { atLeast: 0.95 },
  });
}

async function upsert(stage: Stage, effort: Effort): Promise<Measure> {
  const { entries, plain, searched, raw } = stage;
  const entryAt = picker(entries);
  const valueAt = (index: number): BenchmarkRecord => changed(entryAt(index)[1], index);
  const rawPut = raw.prepare(upsertSql);
  const timings = await contest(
    [
      {
        name: "cutover, a collection without full text",
        asynchronous: true,
        operation: (index) => plain.put(entryAt(index)[0], valueAt(index)),
      },
      {
        name: "cutover",
        asynchronous: true,
        operation: (index) => searched.put(entryAt(index)[0], valueAt(index)),
      },
      {
        name: "better-sqlite3 with FTS5 and the manual's triggers",
        asynchronous: false,
        operation: (index) => rawPut.run(cellsOf(valueAt(index))),
      },
    ],
    { rounds: effort.rounds, operations: operationsOf(effort, 200) },
  );
  return measureOf(timings, {
    row: "10",
    what: "durable put with the text unchanged",
    form: "cost",
    target: { atMost: 1.1 },
  });
}

/** Row 10: full text, and what it costs a write that does not touch the text. */
export const fullTextRow: Row = {
  id: "10",
  title: "SQLite: full text",
  async run({ folder, effort }) {
    const stage = await setStage(folder, effort.records);
    try {
      return [await query(stage, effort), await upsert(stage, effort)];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
