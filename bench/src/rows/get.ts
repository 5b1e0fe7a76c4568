import { boundOf, contest } from "../contest.ts";
import { operationsOf, shortRounds } from "../effort.ts";
import { measureOf } from "../measure.ts";
import { peerGets } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { picker } from "../stores/models.ts";
import { byHand } from "../stores/hand-sqlite.ts";
import { recordOf, type ModelRow } from "../stores/raw-sqlite.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

const byKey = "SELECT * FROM models WHERE filename = ?";

/** Row 1: one record by its key. */
export const getRow: Row = {
  id: "1",
  title: "SQLite: get by key",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records, databasePeers);
    try {
      const { collection, hand, raw, kysely, drizzle, node } = stage;
      const keyAt = picker(stage.entries.map(([key]) => key));
      const rawGet = raw.prepare<[string], ModelRow>(byKey);
      const rawDecoded = raw.prepare<[string], ModelRow>(byKey);
      const nodeGet = node.prepare(byKey);
      const handGet = hand.get();
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared",
            asynchronous: false,
            operation: (index) => rawGet.get(keyAt(index)),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.get(keyAt(index)),
          },
          boundOf(byHand, (index) => handGet(keyAt(index))),
          {
            name: "better-sqlite3, prepared and decoded by hand",
            asynchronous: false,
            operation: (index) => {
              const row = rawDecoded.get(keyAt(index));
              return row === undefined ? undefined : recordOf(row);
            },
          },
          {
            name: "node:sqlite, prepared",
            asynchronous: false,
            operation: (index) => nodeGet.get(keyAt(index)),
          },
          {
            name: "Kysely",
            asynchronous: true,
            operation: (index) =>
              kysely
                .selectFrom("models")
                .selectAll()
                .where("filename", "=", keyAt(index))
                .executeTakeFirst(),
          },
          {
            name: "drizzle, prepared",
            asynchronous: false,
            operation: (index) => drizzle.get(keyAt(index)),
          },
          ...peerGets(stage.peers, keyAt),
        ],
        { rounds: shortRounds(effort), operations: operationsOf(effort, 1000), latencies: true },
      );
      const row = "1";
      return [
        measureOf(timings, { row, what: "get by key, 10k records", target: { atLeast: 0.9 } }),
        measureOf(timings, {
          row,
          what: "get by key, 99th percentile",
          form: "cost",
          target: { atMost: 1.3 },
          slowest: true,
        }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
