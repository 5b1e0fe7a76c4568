import { contest } from "../contest.ts";
import { operationsOf, shortRounds } from "../effort.ts";
import { measureOf } from "../measure.ts";
import type { Row } from "../row.ts";
import { databasePeers } from "../stores/all-kinds.ts";
import { picker } from "../stores/models.ts";
import type { ModelRow } from "../stores/raw-sqlite.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

const together = 100;

/** Row 3: a hundred records by their keys. */
export const getManyRow: Row = {
  id: "3",
  title: "SQLite: getMany",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records, databasePeers);
    try {
      const { collection, raw, kysely } = stage;
      const keyAt = picker(stage.entries.map(([key]) => key));
      const keysAt = (index: number): string[] =>
        Array.from({ length: together }, (_, offset) => keyAt(index * together + offset));
      const rawGet = raw.prepare<[string], ModelRow>("SELECT * FROM models WHERE filename = ?");
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared, in a loop",
            asynchronous: false,
            operation: (index) => keysAt(index).map((key) => rawGet.get(key)),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => collection.getMany(keysAt(index)),
          },
          {
            name: "Kysely, where in",
            asynchronous: true,
            operation: (index) =>
              kysely
                .selectFrom("models")
                .selectAll()
                .where("filename", "in", keysAt(index))
                .execute(),
          },
          ...stage.peers.peers.map(({ name, store }) => ({
            name,
            asynchronous: true,
            operation: (index: number) => store.getMany?.(keysAt(index)),
          })),
        ],
        { rounds: shortRounds(effort), operations: operationsOf(effort, 15) },
      );
      return [
        measureOf(timings, { row: "3", what: "getMany of 100 keys", target: { atLeast: 1.6 } }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
