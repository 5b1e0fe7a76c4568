import { confKind } from "../peers/conf-kind.ts";
import { keyvKind } from "../peers/keyv-kind.ts";
import { levelKind } from "../peers/level-kind.ts";
import { lmdbKind } from "../peers/lmdb-kind.ts";
import { lowKind } from "../peers/low-kind.ts";
import { nedbKind } from "../peers/nedb-kind.ts";
import { unstorageFilesKind, unstorageSqliteKind } from "../peers/unstorage-kinds.ts";
import { ourJsonKind, ourSqliteKind } from "./our-kinds.ts";
import { rawKind } from "./raw-kind.ts";
import type { StoreKind } from "./store-kind.ts";

/** What one might use instead of our SQLite: a database in a file of its own. */
export const databasePeers: readonly StoreKind[] = [
  keyvKind,
  unstorageSqliteKind,
  lmdbKind,
  levelKind,
];

/** What one might use instead of our JSON: files that one can read. */
export const filePeers: readonly StoreKind[] = [lowKind, confKind, nedbKind, unstorageFilesKind];

/** The floor, ours, and the others. */
export const allKinds: readonly StoreKind[] = [
  rawKind,
  ourSqliteKind,
  ourJsonKind,
  ...databasePeers,
  ...filePeers,
];

/** A kind by its id. @throws RangeError when there is none */
export function kindOf(id: string): StoreKind {
  const found = allKinds.find((kind) => kind.id === id);
  if (found === undefined) throw new RangeError(`there is no store "${id}"`);
  return found;
}
