import { mkdirSync } from "node:fs";
import { modelEntries } from "../stores/models.ts";
import type { StoreKind } from "../stores/store-kind.ts";
import { reportOn } from "./report.ts";

/** Each loads one library: what others take of the memory must not be seen here. */
const kinds: Readonly<Record<string, () => Promise<StoreKind>>> = {
  raw: async () => (await import("../stores/raw-kind.ts")).rawKind,
  "ours-sqlite": async () => (await import("../stores/our-kinds.ts")).ourSqliteKind,
  "ours-json": async () => (await import("../stores/our-kinds.ts")).ourJsonKind,
  keyv: async () => (await import("../peers/keyv-kind.ts")).keyvKind,
  lmdb: async () => (await import("../peers/lmdb-kind.ts")).lmdbKind,
  level: async () => (await import("../peers/level-kind.ts")).levelKind,
  nedb: async () => (await import("../peers/nedb-kind.ts")).nedbKind,
  lowdb: async () => (await import("../peers/low-kind.ts")).lowKind,
  conf: async () => (await import("../peers/conf-kind.ts")).confKind,
  "unstorage-fs": async () => (await import("../peers/unstorage-kinds.ts")).unstorageFilesKind,
};

const [id = "", folder = "", key = "", empty = ""] = process.argv.slice(2);
const kind = await kinds[id]?.();
if (kind === undefined) throw new RangeError(`there is no store "${id}"`);
// Loading a library's modules is a matter of row 12: here an empty store has been opened before.
mkdirSync(empty);
const first = await kind.open(empty);
await first.fill(modelEntries(1));
await first.close();
await reportOn(async () => {
  const store = await kind.open(folder);
  const found: unknown = await store.get(key);
  if (found === undefined || found === null) throw new Error(`${id} does not have the record`);
  await store.close();
  return 1;
});
// Some libraries keep the process alive with a timer.
process.exit(0);
