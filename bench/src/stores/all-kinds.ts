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

/** Libraries that one might use instead and that bring a store of their own. */
export const peerKinds: readonly StoreKind[] = [
  keyvKind,
  unstorageSqliteKind,
  lmdbKind,
  levelKind,
  nedbKind,
  lowKind,
  confKind,
  unstorageFilesKind,
];

/** The floor, ours, and the others. */
export const allKinds: readonly StoreKind[] = [rawKind, ourSqliteKind, ourJsonKind, ...peerKinds];

/** A kind by its id. @throws RangeError when there is none */
export function kindOf(id: string): StoreKind {
  const found = allKinds.find((kind) => kind.id === id);
  if (found === undefined) throw new RangeError(`there is no store "${id}"`);
  return found;
}
