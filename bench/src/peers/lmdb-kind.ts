import { join } from "node:path";
import { open } from "lmdb";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { ModelEntry } from "../stores/models.ts";
import type { StoreKind } from "../stores/store-kind.ts";

/** LMDB; its put resolves when others see it, and `flushed` when it is on the disk. */
export const lmdbKind: StoreKind = {
  id: "lmdb",
  name: "lmdb",
  setup: "lmdb 3.5.6, values as MessagePack, every write awaited until `flushed`",
  promises: { get: false, put: true },
  async open(folder) {
    const database = open<BenchmarkRecord, string>({ path: join(folder, "lmdb") });
    const putMany = async (entries: readonly ModelEntry[]): Promise<void> => {
      await database.transaction(() => {
        for (const [key, value] of entries) void database.put(key, value);
      });
      await database.flushed;
    };
    return {
      get: (key) => database.get(key),
      async put(key, value) {
        await database.put(key, value);
        await database.flushed;
      },
      getMany: (keys) => database.getMany([...keys]),
      batch: {
        putMany,
        clear: () => database.clearAsync(),
      },
      fill: putMany,
      async count() {
        let count = 0;
        for (const { key } of database.getRange()) count += key.length > 0 ? 1 : 0;
        return count;
      },
      close: () => database.close(),
    };
  },
};
