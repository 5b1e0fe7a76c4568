import { contest } from "../contest.ts";
import { operationsOf } from "../effort.ts";
import { measureOf } from "../measure.ts";
import type { Row } from "../row.ts";
import { picker } from "../stores/models.ts";
import { cellsOf, upsertSql } from "../stores/raw-sqlite.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

/** Row 7: a put of what is there already. */
export const equalPutRow: Row = {
  id: "7",
  title: "SQLite: put of an equal value",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records);
    try {
      const { collection, raw } = stage;
      const entryAt = picker(stage.entries);
      const rawPut = raw.prepare(upsertSql);
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared upsert",
            asynchronous: false,
            operation: (index) => rawPut.run(cellsOf(entryAt(index)[1])),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) => {
              const [key, value] = entryAt(index);
              return collection.put(key, value);
            },
          },
        ],
        { rounds: effort.rounds, operations: operationsOf(effort, 200) },
      );
      return [
        measureOf(timings, { row: "7", what: "put of an equal value", target: { atLeast: 15 } }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
