import { join } from "node:path";
import { KeyvSqlite } from "@keyv/sqlite";
import { Keyv } from "keyv";
import type { StoreKind } from "../stores/store-kind.ts";

/** Keyv over SQLite: the beta of its adapter, the first that needs no compiler (it uses node:sqlite). */
export const keyvKind: StoreKind = {
  id: "keyv",
  name: "keyv, SQLite",
  setup:
    "keyv 6.1.0 with @keyv/sqlite 6.0.0-beta.4 on node:sqlite, `wal: true`, busy timeout 5 s; the stable adapter 4.0.8 needs `sqlite3`, which installs by a script or a compiler, so it was not used",
  promises: { get: true, put: true },
  async open(folder) {
    const store = new KeyvSqlite({
      uri: `sqlite://${join(folder, "keyv.sqlite")}`,
      driver: "node:sqlite",
      wal: true,
      busyTimeout: 5000,
    });
    await store.ready;
    const keyv = new Keyv({ store, throwOnErrors: true });
    const setMany = (entries: readonly (readonly [string, unknown])[]): Promise<unknown> =>
      keyv.setMany(entries.map(([key, value]) => ({ key, value })));
    return {
      get: (key) => keyv.get(key),
      put: (key, value) => keyv.set(key, value),
      getMany: (keys) => keyv.getMany([...keys]),
      batch: { putMany: setMany, clear: () => keyv.clear() },
      fill: async (entries) => void (await setMany(entries)),
      async count() {
        let count = 0;
        for await (const _ of keyv.iterator()) count++;
        return count;
      },
      close: () => store.disconnect(),
    };
  },
};
