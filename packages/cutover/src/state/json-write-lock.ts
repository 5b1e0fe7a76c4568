import { join } from "node:path";
import { StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { chosenBackend, type InCharge } from "./migration-record.ts";
import type { HeldTurn, TurnLock } from "./migration-lock.ts";
import { readRecord } from "./record-file.ts";
import { stateFolderName } from "./state-paths.ts";

/** Where the JSON adapter queues its writers. */
export function jsonLockPath(folder: string): string {
  return join(folder, stateFolderName, "json", "lock");
}

const changes: Readonly<Record<Exclude<InCharge, "json">, string>> = {
  sqlite: "was migrated to SQLite",
  cutover: "began to move to SQLite unit by unit",
};

function demoted(folder: string, inCharge: Exclude<InCharge, "json">): StorageError {
  const nextCommand = `cutover status ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${folder} ${changes[inCharge]} while this process had its JSON files open; it no longer ` +
      "reads or writes them. Open the storage again (restart the application)",
    { backend: "json", nextCommand },
  );
}

/**
 * Refuses once the JSON files are no longer in charge.
 * @throws StorageError STAGE_REFUSED with the command to type
 */
export async function checkJsonInCharge(folder: string): Promise<void> {
  const inCharge = chosenBackend(await readRecord(folder));
  if (inCharge !== "json") throw demoted(folder, inCharge);
}

/**
 * The lock of the JSON adapter's writers, with a look at the migration record in every turn. A
 * migration holds the same lock while it copies and records, so that no write of a process that
 * opened the files before can come after the copy.
 *
 * @param check - such as {@link checkJsonInCharge}; what it throws the writer gets
 */
export function jsonWriteLock(lock: TurnLock, check: () => Promise<void>): TurnLock {
  return {
    acquire: async (options): Promise<HeldTurn> => {
      const held = await lock.acquire(options);
      try {
        await check();
      } catch (error) {
        await held.release();
        throw error;
      }
      return held;
    },
  };
}
