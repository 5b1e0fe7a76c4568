import { stat } from "node:fs/promises";
import { join } from "node:path";
import { StorageError, type BackupManifest, type StorageBackend } from "@cutover/core";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { withMigrationLock } from "../state/migration-lock.ts";
import { nextRecord, type BackendKind } from "../state/migration-record.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { openDatabase } from "./database.ts";
import { DatabaseFreeze } from "./database-freeze.ts";
import { migrationEpoch } from "./migration-epoch.ts";
import { checkFilesRestored, fileBackupManifest, whileRestoringFiles } from "./file-restore.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { identityAt } from "./place-file.ts";
import { recover } from "./recover.ts";
import { checkRecordedDatabase } from "./recorded-database.ts";
import { refusal } from "./refusal.ts";
import { shellWord } from "../output/shell-word.ts";

async function openJson({ folder, collections }: MigrationTarget): Promise<StorageBackend> {
  const { jsonBackend } = await import("@cutover/json");
  return jsonBackend({ folder, collections });
}

/**
 * Writes a verified copy of the store in charge to a path that does not exist yet: a folder for
 * JSON files, a file for a database. The application may go on.
 *
 * @throws StorageError IO_FAILED or CONFIG_INVALID when the destination exists; CORRUPT_DATA
 */
export async function backUp(
  target: MigrationTarget,
  destination: string,
  signal?: AbortSignal,
): Promise<BackupManifest> {
  const record = await readRecord(target.folder);
  const backend = wholeBackend(target.folder, record);
  if (backend === "sqlite") await checkRecordedDatabase(target, record);
  else await checkFilesRestored(target.folder);
  const store =
    backend === "sqlite"
      ? await openDatabase(target.databasePath, target.collections)
      : await openJson(target);
  try {
    for (const definition of target.collections) store.collection(definition);
    return await store.backup(destination, signal === undefined ? {} : { signal });
  } finally {
    await store.close();
  }
}

/** What a restore did. */
export interface RestoreReport {
  readonly backend: BackendKind;
  readonly epoch: number;
  /** Where what was there before is kept. */
  readonly keptAside: string | undefined;
}

/** Of which kind of store a backup is. @throws StorageError IO_FAILED, CORRUPT_DATA */
export async function backupKind(from: string): Promise<BackendKind> {
  try {
    if (!(await stat(from)).isDirectory()) return "sqlite";
  } catch (error) {
    throw fileFailure(errnoOf(error) === "ENOENT" ? "find the backup" : "look at", from, error);
  }
  if ((await identityAt(join(from, fileBackupManifest))) !== undefined) return "json";
  throw new StorageError(
    "CORRUPT_DATA",
    `${from} is a folder without ${fileBackupManifest}, so it is no backup; name what \`cutover backup\` wrote`,
    { operation: "restore" },
  );
}

async function restoreFiles(target: MigrationTarget, from: string): Promise<string | undefined> {
  const { restoreJson } = await import("@cutover/json");
  const { folder: to } = target;
  const restored = await whileRestoringFiles(to, from, () =>
    restoreJson({ from, to, replace: true }),
  );
  return restored.keptAside;
}

async function restoreDatabase(target: MigrationTarget, from: string): Promise<string | undefined> {
  const { restoreSqlite } = await import("@cutover/kysely/sqlite");
  const { databasePath } = target;
  // A process that has the database open would go on writing to what is put aside.
  if ((await identityAt(databasePath)) !== undefined) new DatabaseFreeze(databasePath).release();
  return (await restoreSqlite({ from, to: databasePath, replace: true })).keptAside;
}

/**
 * Puts a backup in the place of the store in charge. What was there is kept aside.
 *
 * @throws StorageError STAGE_REFUSED when the backup is of the store that is not in charge;
 *   LOCK_TIMEOUT when the store is in use; CORRUPT_DATA when the backup is damaged, IO_FAILED
 */
export async function restore(
  target: MigrationTarget,
  from: string,
  signal?: AbortSignal,
): Promise<RestoreReport> {
  const kind = await backupKind(from);
  const work = async (): Promise<RestoreReport> => {
    const { record } = await recover(target, { restores: true });
    const backend = wholeBackend(target.folder, record);
    if (kind !== backend) {
      throw refusal(
        `${from} is a backup of ${kind}, and ${backend} is in charge of ${target.folder}`,
        `cutover ${kind === "json" ? "rollback" : "migrate"} ${shellWord(target.folder)}`,
      );
    }
    const keptAside =
      kind === "json" ? await restoreFiles(target, from) : await restoreDatabase(target, from);
    // Without a record the files are in charge, and still are.
    if (record === undefined) return { backend, epoch: 0, keptAside };
    const step = { at: new Date().toISOString(), action: "restore", since: migrationEpoch(record) };
    const next = nextRecord(record, { database: record.database, step });
    await writeRecord(target.folder, next);
    return { backend, epoch: next.epoch, keptAside };
  };
  return withMigrationLock(target.folder, work, signal === undefined ? {} : { signal });
}
