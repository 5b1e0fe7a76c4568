import { contest } from "../contest.ts";
import { operationsOf, shortRounds } from "../effort.ts";
import { measureOf } from "../measure.ts";
import { nedbKind } from "../peers/nedb-kind.ts";
import type { Row } from "../row.ts";
import { picker } from "../stores/models.ts";
import type { ModelRow } from "../stores/raw-sqlite.ts";
import { sqliteStage } from "../stores/sqlite-stage.ts";

const limit = 50;
const filtered = `SELECT * FROM models WHERE model_type = ? AND size_bytes >= ? ORDER BY filename LIMIT ${limit}`;

/** Row 4: a page of a query whose fields have no index. */
export const queryRow: Row = {
  id: "4",
  title: "SQLite: filtered query",
  async run({ folder, effort }) {
    const stage = await sqliteStage(folder, effort.records, [nedbKind]);
    try {
      const { collection, raw, kysely } = stage;
      const typeAt = picker(stage.entries.map(([, value]) => value.model_type));
      const least = 1000;
      const rawQuery = raw.prepare<[string, number], ModelRow>(filtered);
      const timings = await contest(
        [
          {
            name: "better-sqlite3, prepared",
            asynchronous: false,
            operation: (index) => rawQuery.all(typeAt(index), least),
          },
          {
            name: "cutover",
            asynchronous: true,
            operation: (index) =>
              collection.find({
                where: { model_type: typeAt(index), size_bytes: { gte: least } },
                orderBy: [{ field: "filename" }],
                limit,
              }),
          },
          {
            name: "Kysely",
            asynchronous: true,
            operation: (index) =>
              kysely
                .selectFrom("models")
                .selectAll()
                .where("model_type", "=", typeAt(index))
                .where("size_bytes", ">=", least)
                .orderBy("filename")
                .limit(limit)
                .execute(),
          },
          ...stage.peers.peers.map(({ name, store }) => ({
            name,
            asynchronous: true,
            // It looks at every record each time.
            operations: operationsOf(effort, 10),
            operation: (index: number) => store.query?.(typeAt(index), least, limit),
          })),
        ],
        { rounds: shortRounds(effort), operations: operationsOf(effort, 100) },
      );
      return [
        measureOf(timings, {
          row: "4",
          what: `filtered query of ${limit} rows`,
          target: { atLeast: 0.95 },
        }),
      ];
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  },
};
