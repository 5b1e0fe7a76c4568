import { StorageError } from "@cutover/core";
import { withMigrationLock, type MigrationTurn } from "../state/migration-lock.ts";
import type { MigrationRecord } from "../state/migration-record.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import { withQuietJson } from "./json-store.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { recover } from "./recover.ts";
import { checkRecordedDatabase } from "./recorded-database.ts";
import { refusal } from "./refusal.ts";
import type { RollbackOptions } from "./rollback-options.ts";
import type { RollbackReport } from "./rollback-report.ts";
import { RollbackRun } from "./rollback-run.ts";
import { withStoredCollections } from "./stored-collections.ts";
import { shellWord } from "../output/shell-word.ts";

async function begin(
  target: MigrationTarget,
  options: RollbackOptions,
  turn: MigrationTurn,
): Promise<RollbackReport> {
  await options.atPoint?.("locked");
  const { record, intent, notes } = await recover(target);
  if (record === undefined || wholeBackend(target.folder, record) !== "sqlite") {
    if (notes.length > 0 && record?.steps.at(-1)?.action === "rollback") {
      return finishedReport(record, notes);
    }
    throw refusal(
      `${target.folder} is served from its JSON files already; there is nothing to roll back`,
      `cutover status ${shellWord(target.folder)}`,
    );
  }
  await checkRecordedDatabase(target, record);
  checkCovered(target, record);
  const all = withStoredCollections(target.collections, target.databasePath);
  const whole = { ...target, collections: all.collections };
  return new RollbackRun(whole, options, {
    turn,
    record,
    intent,
    notes: [...notes, ...all.notes],
  }).run();
}

/** A file that nobody knows the layout of any more would come back as it was migrated. */
function checkCovered({ folder, collections }: MigrationTarget, record: MigrationRecord): void {
  const known = new Set(collections.map(({ file }) => file.path));
  const unknown = record.originals.filter(({ file }) => !known.has(file)).map(({ file }) => file);
  if (unknown.length === 0) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `${unknown.join(", ")} of ${folder} was migrated, and the config names it no more; put its collection back into the config, or its records would be left behind`,
    { operation: "rollback" },
  );
}

function finishedReport(record: MigrationRecord, notes: readonly string[]): RollbackReport {
  return {
    outcome: "rolled-back",
    epoch: record.epoch,
    aside: undefined,
    collections: [],
    edited: [],
    merge: undefined,
    verification: [],
    timings: { writeMs: 0, verifyMs: 0 },
    notes,
  };
}

/**
 * Moves a data folder from its database back to its JSON files: writes the files with everything
 * that was written since, compares them with the database record by record, puts them in place and
 * writes the record that puts them in charge. Records that did not change keep their bytes; files
 * in which nothing changed are not touched. The database is kept aside. Killed at any point, the
 * database is still in charge, whole, or the files are, all of them; running it again is right.
 *
 * @throws StorageError LOCK_TIMEOUT (the database is open elsewhere, or another operator),
 *   VERSION_CONFLICT (a file changed meanwhile), STAGE_REFUSED (nothing to roll back),
 *   CORRUPT_DATA, IO_FAILED, DISK_FULL; rethrows the signal's reason
 */
export async function rollback(
  target: MigrationTarget,
  options: RollbackOptions = {},
): Promise<RollbackReport> {
  const { signal, lockTimeoutMs: timeoutMs } = options;
  return withMigrationLock(
    target.folder,
    (turn) =>
      withQuietJson(target.folder, () => begin(target, options, turn), {
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    signal === undefined ? {} : { signal },
  );
}
