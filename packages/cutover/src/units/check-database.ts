import { StorageError } from "@cutover/core";
import { stages, type Operator, type UnitRecord } from "@cutover/engine";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";

/** Where the database of a folder lies. */
export interface DatabasePlace {
  readonly folder: string;
  readonly databasePath: string;
}

function gone({ folder, databasePath }: DatabasePlace, record: UnitRecord): StorageError {
  const { unit, stage } = record;
  const word = shellWord(folder);
  const isInCharge = stages[stage].authority === "new";
  const nextCommand = isInCharge ? `cutover doctor ${word}` : `cutover cancel ${word}`;
  const what = isInCharge ? `has the data of unit "${unit}"` : `is kept equal for unit "${unit}"`;
  const how = isInCharge
    ? "put the file back"
    : `put the file back, or begin anew: ${nextCommand}, then cutover start ${word}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${databasePath} ${what} (${stage}) and is not there; an empty one is never put in its place: ${how}`,
    { operation: "open", nextCommand },
  );
}

/**
 * Refuses to go on where the database of a unit that moves is missing: opened, it would be an
 * empty one, and be taken for the data.
 *
 * @throws StorageError STAGE_REFUSED
 */
export async function checkDatabase(place: DatabasePlace, operator: Operator): Promise<void> {
  if (await fileExists(place.databasePath)) return;
  for (const unit of operator.units.all()) {
    const record = await operator.record(unit);
    if (record.stage !== "off") throw gone(place, record);
  }
}
