import { createHash } from "node:crypto";

/**
 * The number of an advisory lock. They are of one database, so a store's own are told apart by its
 * schema; 64 bits of a digest keep different names from meeting by chance.
 */
export function lockKey(...names: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(["cutover control", ...names]));
  return digest.digest().readBigInt64BE().toString();
}
