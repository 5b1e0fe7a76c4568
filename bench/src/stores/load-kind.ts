import type { StoreKind } from "./store-kind.ts";

/** Each loads one library: a program that is measured must not hold the others too. */
const kinds: Readonly<Record<string, () => Promise<StoreKind>>> = {
  raw: async () => (await import("./raw-kind.ts")).rawKind,
  "ours-sqlite": async () => (await import("./our-kinds.ts")).ourSqliteKind,
  "ours-json": async () => (await import("./our-kinds.ts")).ourJsonKind,
  keyv: async () => (await import("../peers/keyv-kind.ts")).keyvKind,
  "unstorage-sqlite": async () => (await import("../peers/unstorage-kinds.ts")).unstorageSqliteKind,
  lmdb: async () => (await import("../peers/lmdb-kind.ts")).lmdbKind,
  level: async () => (await import("../peers/level-kind.ts")).levelKind,
  nedb: async () => (await import("../peers/nedb-kind.ts")).nedbKind,
  lowdb: async () => (await import("../peers/low-kind.ts")).lowKind,
  conf: async () => (await import("../peers/conf-kind.ts")).confKind,
  "unstorage-fs": async () => (await import("../peers/unstorage-kinds.ts")).unstorageFilesKind,
};

/** Loads a kind alone. @throws RangeError when there is none */
export async function loadKind(id: string): Promise<StoreKind> {
  const kind = await kinds[id]?.();
  if (kind === undefined) throw new RangeError(`there is no store "${id}"`);
  return kind;
}
