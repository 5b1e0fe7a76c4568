import { StorageError } from "@cutover/core";
import type { BackendKind } from "../state/migration-record.ts";
import { openRawDatabase } from "./raw-database.ts";

const ours = "SELECT 1 FROM sqlite_master WHERE name = '_cutover_collections'";

function damaged(from: string, what: string, cause?: unknown): StorageError {
  return new StorageError("CORRUPT_DATA", `the backup ${from} cannot be used: ${what}`, {
    operation: "restore",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads every page, and writes nothing. */
function checkDatabase(from: string): void {
  let found: readonly unknown[];
  let isOurs: boolean;
  try {
    const database = openRawDatabase(from, { readonly: true });
    try {
      found = database.prepare("PRAGMA integrity_check(1)").pluck(true).all();
      isOurs = database.prepare(ours).pluck(true).all().length > 0;
    } finally {
      database.close();
    }
  } catch (cause) {
    throw damaged(from, "it is no SQLite database, or is damaged", cause);
  }
  if (found.length !== 1 || found[0] !== "ok")
    throw damaged(from, "SQLite's integrity check found damage");
  if (!isOurs)
    throw new StorageError("CONFIG_INVALID", `${from} is not a backup that this library wrote`);
}

/**
 * Reads all of a backup. Changes nothing.
 * @throws StorageError CORRUPT_DATA naming what is damaged; FORMAT_TOO_NEW; CONFIG_INVALID for another
 *   database; IO_FAILED
 */
export async function checkBackup(kind: BackendKind, from: string): Promise<void> {
  if (kind !== "json") return checkDatabase(from);
  const { checkJsonBackup } = await import("@cutover/json");
  return checkJsonBackup(from);
}
