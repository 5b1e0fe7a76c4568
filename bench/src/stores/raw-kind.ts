import { join } from "node:path";
import type { ModelEntry } from "./models.ts";
import {
  cellsOf,
  createIndex,
  createTable,
  insertSql,
  openDurable,
  upsertSql,
  type ModelRow,
} from "./raw-sqlite.ts";
import type { StoreKind } from "./store-kind.ts";

/** The floor: prepared statements on a table made by hand. */
export const rawKind: StoreKind = {
  id: "raw",
  name: "better-sqlite3 by hand",
  setup: "better-sqlite3 13.2.0, prepared statements, WAL, `synchronous = FULL`, busy timeout 5 s",
  promises: { get: false, put: false },
  async open(folder) {
    const database = openDurable(join(folder, "raw.db"));
    if (database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined) {
      database.exec(createTable);
      database.exec(createIndex);
    }
    const get = database.prepare<[string], ModelRow>("SELECT * FROM models WHERE filename = ?");
    const put = database.prepare(upsertSql);
    const insert = database.prepare(insertSql);
    const query = database.prepare<[string, number, number], ModelRow>(
      "SELECT * FROM models WHERE model_type = ? AND size_bytes >= ? ORDER BY filename LIMIT ?",
    );
    const insertAll = database.transaction((entries: readonly ModelEntry[]) => {
      for (const [, value] of entries) insert.run(cellsOf(value));
    });
    return {
      get: (key) => get.get(key),
      put: (_, value) => put.run(cellsOf(value)),
      query: (type, least, limit) => query.all(type, least, limit),
      fill: async (entries) => insertAll(entries),
      close: async () => void database.close(),
    };
  },
};
