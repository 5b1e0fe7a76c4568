import { join } from "node:path";
import { boundOf, contest, type Contestant, type Timing } from "../contest.ts";
import type { Effort } from "../effort.ts";
import { measureOf, type Measure } from "../measure.ts";
import { rowOf } from "../peers/kysely-models.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { handCells, type HandRow } from "../stores/hand-record.ts";
import { byHand, HandSqlite } from "../stores/hand-sqlite.ts";
import { changed, modelEntries, type ModelEntry } from "../stores/models.ts";
import { cellsOf, upsertSql } from "../stores/raw-sqlite.ts";
import { sqliteStage, type SqliteStage } from "../stores/sqlite-stage.ts";

/** Kysely puts all values of a statement into one list of parameters, of which SQLite takes 32,766. */
const kyselyRows = 1000;
/** Batches of changes a turn. */
const batches = 2;

interface InsertStage extends SqliteStage {
  /** What is written to by hand. */
  readonly written: HandSqlite;
}

function insertContest(stage: InsertStage, size: number, effort: Effort): Promise<Timing[]> {
  const { written, collection, raw, kysely } = stage;
  const entries = modelEntries(size);
  // The large batch takes the others longer than the quick form has for it.
  const peers = effort.everyPeer || size < effort.records ? stage.peers.peers : [];
  const rawPut = raw.prepare(upsertSql);
  const putAll = raw.transaction((list: readonly ModelEntry[]) => {
    for (const [, value] of list) rawPut.run(cellsOf(value));
  });
  const handPut = written.putMany();
  const chunks = Array.from({ length: Math.ceil(size / kyselyRows) }, (_, index) =>
    entries.slice(index * kyselyRows, (index + 1) * kyselyRows),
  );
  return contest(
    [
      {
        name: "better-sqlite3, prepared upsert in one transaction",
        asynchronous: false,
        prepare: () => raw.exec("DELETE FROM models"),
        operation: () => putAll(entries),
      },
      {
        name: "cutover",
        asynchronous: true,
        prepare: () => collection.clear(),
        operation: () => collection.putMany(entries),
      },
      { ...boundOf(byHand, () => handPut(entries)), prepare: () => written.clear() },
      {
        name: "Kysely, 1,000 rows a statement in one transaction",
        asynchronous: true,
        prepare: () => kysely.deleteFrom("models").execute(),
        operation: () =>
          kysely.transaction().execute(async (tx) => {
            for (const chunk of chunks) {
              const rows = chunk.map(([, value]) => rowOf(value));
              await tx.insertInto("models").values(rows).execute();
            }
          }),
      },
      ...peers.flatMap(({ name, store: { batch } }) =>
        batch === undefined
          ? []
          : {
              name,
              asynchronous: true,
              prepare: batch.clear,
              operation: () => batch.putMany(entries),
            },
      ),
    ],
    { rounds: effort.rounds, operations: 1 },
  );
}

/** Row 9: many new records in one transaction. */
export const batchRow: Row = {
  id: "9",
  title: "SQLite: batches of new records",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, 1, databasePeers);
    const written = await HandSqlite.copyOf(stage.oursPath, join(folder, "hand.db"));
    try {
      const measures: Measure[] = [];
      for (const size of [Math.ceil(effort.records / 10), effort.records]) {
        const timings = await insertContest({ ...stage, written }, size, effort);
        measures.push(
          measureOf(timings, {
            row: "9",
            what: `putMany of ${size} new records`,
            unit: "ms",
            target: { atLeast: 0.9 },
          }),
        );
      }
      return measures;
    } finally {
      await written[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    }
  },
};

/** The statements without the values, which are made before each turn. */
function sqlAlone(written: HandSqlite, batchAt: (index: number) => ModelEntry[]): Contestant {
  const write = written.writeRows();
  let ready: HandRow[][] = [];
  let made = 0;
  return {
    ...boundOf(`${byHand}, its SQL alone`, (index) => {
      // As the others do, so that nothing but the statements is left out.
      batchAt(index);
      write(ready.pop() ?? []);
    }),
    asynchronous: false,
    prepare() {
      ready = Array.from({ length: batches }, () =>
        batchAt(made++).map(([key, value]) => handCells(key, value)),
      );
    },
  };
}

/** Row 8: many changes of fields that no index has. */
export const batchChangeRow: Row = {
  id: "8",
  title: "SQLite: batches of changes",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records);
    const written = await HandSqlite.copyOf(stage.oursPath, join(folder, "hand.db"));
    // One of its own, or it would find in the processor's cache what the other has just touched.
    const alone = await HandSqlite.copyOf(stage.oursPath, join(folder, "alone.db"));
    try {
      const { collection, raw, entries } = stage;
      const size = Math.ceil(effort.records / 10);
      const batchAt = (index: number): ModelEntry[] =>
        entries.slice(0, size).map(([key, value]) => [key, changed(value, index)] as const);
      const rawPut = raw.prepare(upsertSql);
      const putAll = raw.transaction((list: readonly ModelEntry[]) => {
        for (const [, value] of list) rawPut.run(cellsOf(value));
      });
      const handPut = written.putMany();
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared upsert in one transaction",
            asynchronous: false,
            operation: (index) => putAll(batchAt(index)),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.putMany(batchAt(index)),
          },
          boundOf(byHand, (index) => handPut(batchAt(index))),
          sqlAlone(alone, batchAt),
        ],
        { rounds: effort.rounds, operations: batches },
      );
      const what = `putMany of ${size} changes of a field without an index`;
      return [measureOf(timings, { row: "8", what, unit: "ms", target: { atLeast: 1.6 } })];
    } finally {
      await alone[Symbol.asyncDispose]();
      await written[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    }
  },
};
