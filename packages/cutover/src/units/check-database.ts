import { StorageError } from "@cutover/core";
import { stages, type Operator, type Side, type UnitRecord } from "@cutover/engine";
import { hasDatabase, needsDatabase, type Hop } from "../hop/hop.ts";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";

/** Where the database of a folder lies. */
export interface DatabasePlace {
  readonly folder: string;
  readonly databasePath: string;
}

function gone(place: DatabasePlace, record: UnitRecord, hop: Hop): StorageError {
  const { folder, databasePath } = place;
  const { unit, stage } = record;
  const word = shellWord(folder);
  const isInCharge = stages[stage].authority === sideOfDatabase(hop);
  const isCopy = !isInCharge && hop.to === "sqlite";
  const what = isInCharge ? `has the data of unit "${unit}"` : `is kept equal for unit "${unit}"`;
  const nextCommand = `cutover ${isCopy ? "cancel" : "doctor"} ${word}`;
  const how = isCopy
    ? `put the file back, or begin anew: ${nextCommand}, then cutover start ${word}`
    : "put the file back";
  return new StorageError(
    "STAGE_REFUSED",
    `${databasePath} ${what} (${stage}) and is not there; an empty one is never put in its place: ${how}`,
    { operation: "open", nextCommand },
  );
}

/** Which side of a hop the database's file is. */
export function sideOfDatabase({ to }: Hop): Side {
  return to === "sqlite" ? "new" : "old";
}

/**
 * Refuses to go on where the database of a unit that moves is missing: opened, it would be an
 * empty one, and be taken for the data.
 *
 * @throws StorageError STAGE_REFUSED
 */
export async function checkDatabase(
  place: DatabasePlace,
  operator: Operator,
  hop: Hop,
): Promise<void> {
  if (!hasDatabase(hop) || (await fileExists(place.databasePath))) return;
  for (const unit of operator.units.all()) {
    const record = await operator.record(unit);
    if (needsDatabase(hop, record.stage)) throw gone(place, record, hop);
  }
}
