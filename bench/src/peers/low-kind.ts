import { join } from "node:path";
import { Low } from "lowdb";
import { JSONFile } from "lowdb/node";
import type { ModelDocument } from "../stores/app-json.ts";
import type { StoreKind } from "../stores/store-kind.ts";

/** lowdb as its manual sets it up. */
export const lowKind: StoreKind = {
  id: "lowdb",
  name: "lowdb",
  setup: "lowdb 7.0.1 with `JSONFile`, `write()` after every change; reads the file once",
  caution: "not durable, loses other processes' changes",
  promises: { get: false, put: true },
  async open(folder) {
    // Not its preset: under a test runner that one keeps everything in memory.
    const low = new Low<ModelDocument>(new JSONFile(join(folder, "low.json")), {});
    await low.read();
    return {
      get: (key) => low.data[key],
      put(key, value) {
        low.data[key] = value;
        return low.write();
      },
      query: (type, least, limit) =>
        Object.values(low.data)
          .filter(({ model_type, size_bytes }) => model_type === type && size_bytes >= least)
          .toSorted((a, b) => (a.filename < b.filename ? -1 : 1))
          .slice(0, limit),
      async fill(entries) {
        for (const [key, value] of entries) low.data[key] = value;
        await low.write();
      },
      close: async () => {},
    };
  },
};
