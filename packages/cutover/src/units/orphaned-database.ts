import { StorageError } from "@cutover/core";
import { openRawDatabase } from "../migration/raw-database.ts";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";
import type { Project } from "../project/project.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { statePaths } from "../state/state-paths.ts";

/** What a database says of a unit, in the table that the engine keeps in it. */
const movingUnits =
  "SELECT key FROM cutover_epoch WHERE json_extract(value, '$.isMoving') ORDER BY key";

/** Units that a database takes part in moving, by its own account. */
function unitsMovedBy(path: string): string[] {
  try {
    const database = openRawDatabase(path);
    try {
      return database.prepare(movingUnits).pluck(true).all().map(String);
    } finally {
      database.close();
    }
  } catch {
    // One without the table is none of ours; what cannot be read says nothing, and is told elsewhere.
    return [];
  }
}

/**
 * Units of which the database says that they move, though nothing in the folder decides about
 * them: what did, lay in `.cutover`, and is gone. Their data may be in the database alone.
 */
export async function orphanedUnits({
  folder,
  databasePath,
  record,
}: Pick<Project, "folder" | "databasePath" | "record">): Promise<string[]> {
  if (chosenBackend(record) !== "json") return [];
  const { control } = statePaths(folder);
  if ((await fileExists(control)) || !(await fileExists(databasePath))) return [];
  return unitsMovedBy(databasePath);
}

/** Says which units are meant, and what may have happened. */
export function orphanedInWords(databasePath: string, units: readonly string[]): string {
  return (
    `${databasePath} says that it takes part in moving ${units.join(", ")}, and nothing in the ` +
    "folder decides which store has their data: was .cutover deleted, or left behind by a copy?"
  );
}

/** @throws StorageError STAGE_REFUSED where the JSON files may be the store that was left */
export async function checkNotOrphaned(
  project: Pick<Project, "folder" | "databasePath" | "record">,
): Promise<void> {
  const units = await orphanedUnits(project);
  if (units.length === 0) return;
  const { folder, databasePath } = project;
  const nextCommand = `cutover doctor ${shellWord(folder)}`;
  throw new StorageError(
    "STAGE_REFUSED",
    `${orphanedInWords(databasePath, units)} Nothing is read or written until that is known: put ` +
      `.cutover back, or see ${nextCommand}; if the database is none of this folder's, move it away`,
    { operation: "open", nextCommand },
  );
}
