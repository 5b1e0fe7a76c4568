import { join } from "node:path";
import { createDatabase } from "db0";
import nodeSqlite from "db0/connectors/node-sqlite";
import { createStorage, type Storage } from "unstorage";
import databaseDriver from "unstorage/drivers/db0";
import filesDriver from "unstorage/drivers/fs";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { Store, StoreKind } from "../stores/store-kind.ts";

/** Files that are written at once while a store is filled. */
const filesAtOnce = 64;

function storeOf(storage: Storage<BenchmarkRecord>): Omit<Store, "fill"> {
  return {
    get: (key) => storage.getItem(key),
    put: (key, value) => storage.setItem(key, value),
    getMany: (keys) => storage.getItems([...keys]),
    close: () => storage.dispose(),
  };
}

/** unstorage with a file for each record. */
export const unstorageFilesKind: StoreKind = {
  id: "unstorage-fs",
  name: "unstorage, files",
  setup: "unstorage 1.17.6 with its `fs` driver: a file a record",
  caution: "not durable",
  slowToFill: true,
  promises: { get: true, put: true },
  async open(folder) {
    const storage = createStorage<BenchmarkRecord>({
      driver: filesDriver({ base: join(folder, "files") }),
    });
    return {
      ...storeOf(storage),
      async fill(entries) {
        for (let from = 0; from < entries.length; from += filesAtOnce) {
          const some = entries.slice(from, from + filesAtOnce);
          await Promise.all(some.map(([key, value]) => storage.setItem(key, value)));
        }
      },
    };
  },
};

/** unstorage over SQLite. */
export const unstorageSqliteKind: StoreKind = {
  id: "unstorage-sqlite",
  name: "unstorage, SQLite",
  setup:
    "unstorage 1.17.6 with its `db0` driver (called experimental by itself), db0 0.4.2 on node:sqlite, WAL, busy timeout 5 s",
  promises: { get: true, put: true },
  async open(folder) {
    const database = createDatabase(nodeSqlite({ path: join(folder, "unstorage.sqlite") }));
    await database.exec("PRAGMA busy_timeout = 5000");
    await database.exec("PRAGMA journal_mode = WAL");
    const storage = createStorage<BenchmarkRecord>({
      driver: databaseDriver({ database }),
    });
    const store = storeOf(storage);
    return {
      ...store,
      async fill(entries) {
        await database.exec("BEGIN");
        for (const [key, value] of entries) await storage.setItem(key, value);
        await database.exec("COMMIT");
      },
      async close() {
        await store.close();
        await database.dispose();
      },
    };
  },
};
