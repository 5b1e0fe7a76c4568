import { join } from "node:path";
import { contest } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { measureOf } from "../measure.ts";
import { kyselyUpsert } from "../peers/kysely-models.ts";
import { peerPuts } from "../peers/peer-stage.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { AppJson, writeDocument } from "../stores/app-json.ts";
import { changed, picker } from "../stores/models.ts";
import { cellsOf, upsertSql } from "../stores/raw-sqlite.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

/** Row 5: durable puts, one after another. */
export const putRow: Row = {
  id: "5",
  title: "SQLite: durable put",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records, databasePeers);
    try {
      const { collection, raw, kysely, node } = stage;
      const path = join(folder, "app.json");
      await writeDocument(path, stage.entries);
      const app = new AppJson(path);
      const entryAt = picker(stage.entries);
      const valueAt = (index: number) => changed(entryAt(index)[1], index);
      const rawPut = raw.prepare(upsertSql);
      const nodePut = node.prepare(upsertSql);
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared upsert",
            asynchronous: false,
            operation: (index) => rawPut.run(cellsOf(valueAt(index))),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.put(entryAt(index)[0], valueAt(index)),
          },
          {
            name: "node:sqlite, prepared upsert",
            asynchronous: false,
            operation: (index) => nodePut.run(...cellsOf(valueAt(index))),
          },
          {
            name: "Kysely",
            asynchronous: true,
            operation: (index) => kyselyUpsert(kysely, valueAt(index)),
          },
          {
            name: "the app's JSON way (not durable)",
            asynchronous: true,
            operations: operationsOf(effort, 3),
            operation: (index) => app.put(entryAt(index)[0], valueAt(index)),
          },
          ...peerPuts(stage.peers, (index) => [entryAt(index)[0], valueAt(index)]),
        ],
        { rounds: effort.rounds, operations: operationsOf(effort, 200) },
      );
      return [
        measureOf(timings, {
          row: "5",
          what: "durable put, one after another",
          target: { atLeast: 0.9 },
        }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
