import { StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import type { MigrationRecord } from "../state/migration-record.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { identityAt } from "./place-file.ts";
import { openRawDatabase } from "./raw-database.ts";

type Place = Pick<MigrationTarget, "folder" | "databasePath">;

function unusable({ folder, databasePath }: Place, why: string, cause?: unknown): StorageError {
  const nextCommand = `cutover restore ${shellWord(folder)} <backup>`;
  return new StorageError(
    "CORRUPT_DATA",
    `${databasePath} is in charge of ${folder} and ${why}; put the right file back, or type: ${nextCommand}`,
    { backend: "sqlite", nextCommand, ...(cause === undefined ? {} : { cause }) },
  );
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  /^SQLITE_(NOTADB|CORRUPT)/.test(error.code);

/** Whether this library wrote the file; undefined where it cannot be told now, as while it is locked. */
function isOurs(place: Place): boolean | undefined {
  try {
    const database = openRawDatabase(place.databasePath);
    try {
      const table = "SELECT 1 FROM sqlite_master WHERE name = '_cutover_collections'";
      return database.prepare(table).pluck(true).all().length > 0;
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw unusable(place, "is no SQLite database, or is damaged", error);
    return undefined;
  }
}

/**
 * Refuses a database that cannot be the one the record names. Opened for writing, a missing or an
 * empty file would become an empty store, and a rollback would then empty the JSON files.
 *
 * @throws StorageError CORRUPT_DATA with `nextCommand`
 */
export async function checkRecordedDatabase(
  place: Place,
  record: Pick<MigrationRecord, "originals"> | undefined,
): Promise<void> {
  if ((await identityAt(place.databasePath)) === undefined) throw unusable(place, "is not there");
  // A store without any collection yet is empty by right.
  if ((record?.originals.length ?? 0) === 0 || isOurs(place) !== false) return;
  throw unusable(place, "holds nothing that was migrated into it");
}
