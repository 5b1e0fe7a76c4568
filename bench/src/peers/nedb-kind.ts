import { createRequire } from "node:module";
import { join } from "node:path";
import type Nedb from "@seald-io/nedb";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { ModelEntry } from "../stores/models.ts";
import type { StoreKind } from "../stores/store-kind.ts";

type NedbRecord = BenchmarkRecord & { readonly _id: string };

/** nedb: all records in memory, changes appended to a file of JSON lines. */
export const nedbKind: StoreKind = {
  id: "nedb",
  name: "nedb",
  setup: "@seald-io/nedb 4.1.2, the maintained one, the key as its `_id`",
  caution: "not durable, sees no other process",
  promises: { get: true, put: true },
  async open(folder) {
    // Its types declare a default export; what it exports is the class itself.
    const Datastore: typeof Nedb.default = createRequire(import.meta.url)("@seald-io/nedb");
    const nedb = new Datastore<NedbRecord>({ filename: join(folder, "nedb.db") });
    await nedb.loadDatabaseAsync();
    const putMany = async (entries: readonly ModelEntry[]): Promise<void> => {
      await nedb.insertAsync(entries.map(([key, value]) => ({ _id: key, ...value })));
    };
    return {
      get: (key) => nedb.findOneAsync({ _id: key }).execAsync(),
      put: (key, value) => nedb.updateAsync({ _id: key }, { _id: key, ...value }, { upsert: true }),
      getMany: (keys) => nedb.findAsync({ _id: { $in: [...keys] } }).execAsync(),
      batch: { putMany, clear: () => nedb.removeAsync({}, { multi: true }) },
      query: (type, least, limit) =>
        nedb
          .findAsync({ model_type: type, size_bytes: { $gte: least } })
          .sort({ filename: 1 })
          .limit(limit)
          .execAsync(),
      fill: putMany,
      count: async () => (await nedb.findAsync({}).execAsync()).length,
      close: async () => nedb.stopAutocompaction(),
    };
  },
};
