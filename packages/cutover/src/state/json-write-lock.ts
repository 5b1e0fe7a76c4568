import { join } from "node:path";
import { StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { chosenBackend } from "./migration-record.ts";
import type { HeldTurn, TurnLock } from "./migration-lock.ts";
import { readRecord } from "./record-file.ts";
import { stateFolderName } from "./state-paths.ts";

/** Where the JSON adapter queues its writers. */
export function jsonLockPath(folder: string): string {
  return join(folder, stateFolderName, "json", "lock");
}

function demoted(folder: string): StorageError {
  const nextCommand = `cutover status ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${folder} was migrated to SQLite while this process had its JSON files open; they are no longer ` +
      "read or written. Open the storage again (restart the application)",
    { backend: "json", nextCommand },
  );
}

/**
 * Refuses once the JSON files are no longer in charge.
 * @throws StorageError STAGE_REFUSED with the command to type
 */
export async function checkJsonInCharge(folder: string): Promise<void> {
  if (chosenBackend(await readRecord(folder)) !== "json") throw demoted(folder);
}

/**
 * The lock of the JSON adapter's writers, with a look at the migration record in every turn. A
 * migration holds the same lock while it copies and records, so that no write of a process that
 * opened the files before can come after the copy.
 */
export function jsonWriteLock(folder: string, lock: TurnLock): TurnLock {
  return {
    acquire: async (options): Promise<HeldTurn> => {
      const held = await lock.acquire(options);
      try {
        await checkJsonInCharge(folder);
      } catch (error) {
        await held.release();
        throw error;
      }
      return held;
    },
  };
}
