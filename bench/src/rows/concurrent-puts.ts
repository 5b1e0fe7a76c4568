import { contest } from "../contest.ts";
import { operationsOf, type Effort } from "../effort.ts";
import { measureOf, type Measure, type Target } from "../measure.ts";
import { kyselyUpsert } from "../peers/kysely-models.ts";
import { peerBursts } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { changed, picker } from "../stores/models.ts";
import { cellsOf, upsertSql } from "../stores/raw-sqlite.ts";
import type { StoreKind } from "../stores/store-kind.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

const together = 100;

interface Size {
  readonly records: number;
  readonly target: Target;
  readonly peers: readonly StoreKind[];
}

function burst(index: number, put: (at: number) => unknown): unknown[] {
  return Array.from({ length: together }, (_, offset) => put(index * together + offset));
}

async function measureSize(folder: string, effort: Effort, size: Size): Promise<Measure> {
  const stage = await sqliteStage(folder, size.records, size.peers);
  try {
    const { collection, raw, kysely } = stage;
    const entryAt = picker(stage.entries);
    const rawPut = raw.prepare(upsertSql);
    const timings = await contest(
      [
        {
          name: "better-sqlite3, prepared upsert, one by one",
          asynchronous: false,
          operation: (index) =>
            burst(index, (at) => rawPut.run(cellsOf(changed(entryAt(at)[1], at)))),
        },
        {
          name: "cutover",
          asynchronous: true,
          operation: (index) =>
            Promise.all(
              burst(index, (at) => collection.put(entryAt(at)[0], changed(entryAt(at)[1], at))),
            ),
        },
        {
          name: "Kysely",
          asynchronous: true,
          operation: (index) =>
            Promise.all(burst(index, (at) => kyselyUpsert(kysely, changed(entryAt(at)[1], at)))),
        },
        ...peerBursts(stage.peers, (at) => [entryAt(at)[0], changed(entryAt(at)[1], at)], together),
      ],
      { rounds: effort.rounds, operations: operationsOf(effort, 5) },
    );
    const what = `100 concurrent durable puts, ${size.records} records`;
    return measureOf(timings, { row: "6", what, unit: "ms", target: size.target });
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

/** Row 6: durable puts that are called at once. */
export const concurrentPutsRow: Row = {
  id: "6",
  title: "SQLite: concurrent durable puts",
  async run({ folder, effort }) {
    return [
      await measureSize(folder, effort, {
        records: effort.records,
        target: { atLeast: 4 },
        peers: databasePeers,
      }),
      await measureSize(folder, effort, {
        records: Math.ceil(effort.records / 10),
        target: { atLeast: 10 },
        peers: [],
      }),
    ];
  },
};
