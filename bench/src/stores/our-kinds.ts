import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import { models } from "./models.ts";
import { openJson, openSqlite } from "./ours.ts";
import type { Store, StoreKind } from "./store-kind.ts";

/** Records a call while a store is filled: enough that the cost of a commit does not show. */
const filledAtOnce = 10_000;

function storeOf(backend: StorageBackend): Store {
  const collection = backend.collection(models);
  return {
    get: (key) => collection.get(key),
    put: (key, value) => collection.put(key, value),
    getMany: (keys) => collection.getMany(keys),
    batch: {
      putMany: (entries) => collection.putMany(entries),
      clear: () => collection.clear(),
    },
    query: (type, least, limit) =>
      collection.find({
        where: { model_type: type, size_bytes: { gte: least } },
        orderBy: [{ field: "filename" }],
        limit,
      }),
    async fill(entries) {
      for (let from = 0; from < entries.length; from += filledAtOnce) {
        await collection.putMany(entries.slice(from, from + filledAtOnce));
      }
    },
    async count() {
      let count = 0;
      for await (const { key } of collection.iterate()) count += key.length > 0 ? 1 : 0;
      return count;
    },
    close: () => backend.close(),
  };
}

/** Ours on SQLite. */
export const ourSqliteKind: StoreKind = {
  id: "ours-sqlite",
  name: "cutover, SQLite",
  setup: "`sqliteBackend({ path })`, nothing tuned",
  promises: { get: true, put: true },
  open: async (folder) => storeOf(await openSqlite(join(folder, "ours.db"))),
};

/** Ours on a JSON file. */
export const ourJsonKind: StoreKind = {
  id: "ours-json",
  name: "cutover, JSON",
  setup: "`jsonBackend({ folder })`, nothing tuned",
  promises: { get: true, put: true },
  open: async (folder) => storeOf(await openJson(folder)),
};
