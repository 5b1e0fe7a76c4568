import { StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { chosenBackend, type BackendKind, type MigrationRecord } from "./migration-record.ts";

/**
 * The store in charge of a folder that moves as a whole.
 *
 * @throws StorageError STAGE_REFUSED where units move one by one: no one store has all the data
 */
export function wholeBackend(folder: string, record: MigrationRecord | undefined): BackendKind {
  const inCharge = chosenBackend(record);
  if (inCharge !== "cutover") return inCharge;
  const nextCommand = `cutover status ${shellWord(folder)}`;
  throw new StorageError(
    "STAGE_REFUSED",
    `the collections of ${folder} are being moved one by one, so that no one store has all its ` +
      `data; this works before and after. To see how far they are: ${nextCommand}`,
    { nextCommand },
  );
}
