import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { BackendKind, MigrationRecord } from "../state/migration-record.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import { readRecord } from "../state/record-file.ts";
import { compareFiles } from "./compare-files.ts";
import type { Comparison } from "./comparison.ts";
import { lookAtDatabase } from "./database.ts";
import { type CheckedOriginal, checkOriginals, type OriginalState } from "./check-originals.ts";
import type { Finding } from "./finding-list.ts";
import { migrateStep } from "./migration-epoch.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { originalGroups } from "./original-group.ts";
import { databaseStamp } from "./place-file.ts";
import { PhaseProgress, type OnProgress } from "./progress.ts";
import { openRawDatabase } from "./raw-database.ts";
import { checkRecordedDatabase } from "./recorded-database.ts";
import { surveyFiles } from "./survey-files.ts";

/** How to verify. */
export interface VerifyOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What a verification found. */
export interface VerifyReport {
  readonly backend: BackendKind;
  /** Every record of the originals against the database; empty while the files are in charge. */
  readonly comparisons: readonly Comparison[];
  /**
   * The database was written to since the migration, or is open right now: differences to the
   * originals are then what the application did, and no fault.
   */
  readonly isWrittenSince: boolean;
  /** What SQLite itself finds wrong with the database's file. */
  readonly integrity: readonly string[];
  readonly edited: readonly { readonly file: string; readonly state: OriginalState }[];
  /** What the files hold that cannot be read; only while they are in charge. */
  readonly findings: { readonly count: number; readonly first: readonly Finding[] };
  /** False when something is not as it must be. */
  readonly isSound: boolean;
}

const noFindings = { count: 0, first: [] };

function compareOriginals(
  store: StorageBackend,
  originals: readonly CheckedOriginal[],
  { onProgress, signal }: VerifyOptions,
): Promise<Comparison[]> {
  const total = originals.reduce((sum, { digest }) => sum + (digest?.sizeBytes ?? 0), 0);
  const progress = new PhaseProgress("verify", total, onProgress);
  const files = originals.map(({ group }) => group);
  return compareFiles(store, files, { progress, signal });
}

/** The same files, read by the definitions that the database was written with. */
function originalsOf(
  stored: readonly CollectionDefinition[],
  originals: readonly CheckedOriginal[],
): CheckedOriginal[] {
  return originals.map((original) => {
    const { collections, ...group } = original.group;
    const names = new Set(collections.map(({ name }) => name));
    const found = stored.filter(({ name }) => names.has(name));
    return { ...original, group: { ...group, collections: found } };
  });
}

function integrityOf(path: string): string[] {
  const database = openRawDatabase(path);
  try {
    const lines = database.prepare("PRAGMA quick_check(20)").pluck(true).all();
    return lines.map(String).filter((line) => line !== "ok");
  } finally {
    database.close();
  }
}

async function verifyDatabase(
  target: MigrationTarget,
  record: MigrationRecord,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { folder, collections, databasePath } = target;
  await checkRecordedDatabase(target, record);
  const stamp = await databaseStamp(databasePath);
  const isWrittenSince = stamp !== migrateStep(record)?.["databaseStamp"];
  const groups = originalGroups(folder, collections);
  const originals = await checkOriginals(groups, record, { signal: options.signal });
  const edited = originals
    .filter(({ state }) => state !== "same")
    .map(({ group, state }) => ({ file: group.file, state }));
  const comparisons = await lookAtDatabase(target, (store, stored) =>
    compareOriginals(store, originalsOf(stored, originals), options),
  );
  const integrity = integrityOf(databasePath);
  const isEqual = comparisons.every((comparison) => comparison.isEqual);
  return {
    backend: "sqlite",
    comparisons,
    isWrittenSince,
    integrity,
    edited,
    findings: noFindings,
    isSound: integrity.length === 0 && edited.length === 0 && (isEqual || isWrittenSince),
  };
}

async function verifyFiles(target: MigrationTarget, options: VerifyOptions): Promise<VerifyReport> {
  const { findings } = await surveyFiles({ ...target, signal: options.signal });
  return {
    backend: "json",
    comparisons: [],
    isWrittenSince: false,
    integrity: [],
    edited: [],
    findings: { count: findings.count, first: findings.first },
    isSound: findings.count === 0,
  };
}

/**
 * Compares both sides record by record. With the database in charge: the originals, as they were
 * migrated, against the database, and the database's file by SQLite's own check. With the files in
 * charge there is one side only, and every file is read to its end. Writes nothing.
 *
 * @throws StorageError CORRUPT_DATA when the database or a record of it cannot be read
 */
export async function verify(
  target: MigrationTarget,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const record = await readRecord(target.folder);
  if (record !== undefined && wholeBackend(target.folder, record) === "sqlite") {
    return verifyDatabase(target, record, options);
  }
  return verifyFiles(target, options);
}
