import { join } from "node:path";
import { isStorageError, StorageError } from "@cutover/core";
import { DatabaseFreeze } from "../migration/database-freeze.ts";
import { endFileRestore } from "../migration/file-restore.ts";
import type { MigrationTarget } from "../migration/migration-target.ts";
import { recover } from "../migration/recover.ts";
import { refusal } from "../migration/refusal.ts";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";
import type { Project } from "../project/project.ts";
import { withMigrationLock } from "../state/migration-lock.ts";
import { chosenBackend, nextRecord, stepOf } from "../state/migration-record.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { unitsOf } from "./project-units.ts";
import {
  replaceUnits,
  stageWithoutCopy,
  withControl,
  type ReplacedUnit,
  type UnitAim,
} from "./replaced-units.ts";
import { recordUnits } from "./record-units.ts";
import { SpareControl } from "./spare-control.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import { backupParts, checkFiles, readManifest, type UnitsManifest } from "./units-manifest.ts";

/** What {@link restoreUnits} works with. */
export interface UnitsRestore {
  readonly project: Project;
  readonly target: MigrationTarget;
  /** The backup's folder. */
  readonly from: string;
  readonly actor: string;
  readonly signal?: AbortSignal | undefined;
}

/** What a restore of units did. */
export interface UnitsRestoreReport {
  readonly units: readonly ReplacedUnit[];
  /** Where what was there before is kept. */
  readonly keptAside: readonly string[];
}

const inOrder = (names: readonly string[]): string => names.toSorted().join(", ");

function otherUnits(from: string, name: string, collections: readonly string[]): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `the backup ${from} has unit "${name}" with ${inOrder(collections)}, and the config of this ` +
      "folder has no such unit; restore with the config that the backup was made with",
    { operation: "restore" },
  );
}

/** Each unit of the backup is one of the folder's, and the other way round. */
function aimsOf(from: string, manifest: UnitsManifest, units: readonly ProjectUnit[]): UnitAim[] {
  const aims = manifest.units.map(({ name, collections, stage, epoch }) => {
    const unit = units.find((own) => own.name === name);
    const own = unit?.collections.map((collection) => collection.name) ?? [];
    if (unit === undefined || inOrder(own) !== inOrder(collections))
      throw otherUnits(from, name, collections);
    return { unit, stage: stageWithoutCopy[stage], epoch };
  });
  const extra = units.filter(({ name }) => !manifest.units.some((unit) => unit.name === name));
  // What is not in the backup would be lost with the database that is replaced.
  const [first] = extra;
  if (first === undefined) return aims;
  throw new StorageError(
    "CONFIG_INVALID",
    `the backup ${from} knows nothing of unit "${first.name}", which this folder's config has; ` +
      "restore with the config that the backup was made with",
    { operation: "restore" },
  );
}

/** Looked at before anything is replaced: half a restore helps nobody. */
async function checkDatabaseUnused(path: string): Promise<void> {
  if (!(await fileExists(path))) return;
  try {
    new DatabaseFreeze(path).release();
  } catch (error) {
    // A damaged database is exactly what one wants to replace.
    if (isStorageError(error)) throw error;
  }
}

/** What a restore would do: the backup is read and checked whole. @throws StorageError as {@link restoreUnits} */
export async function plannedRestore({ project, from }: UnitsRestore): Promise<UnitAim[]> {
  const manifest = await readManifest(from);
  if (manifest === undefined)
    throw new StorageError("CORRUPT_DATA", `${from} is no backup of units`, {
      operation: "restore",
    });
  await checkFiles(from, manifest);
  if (chosenBackend(project.record) === "sqlite") {
    const word = shellWord(project.folder);
    throw refusal(
      `${project.folder} was migrated as a whole, and ${from} is a backup of units that move one by one`,
      `cutover rollback ${word}`,
    );
  }
  await new SpareControl(project.folder).checkUnused();
  await checkDatabaseUnused(project.databasePath);
  return aimsOf(from, manifest, unitsOf(project));
}

async function replaceData({ target, from }: UnitsRestore): Promise<string[]> {
  const { restoreJson } = await import("@cutover/json");
  const { restoreSqlite } = await import("@cutover/kysely/sqlite");
  const { folder, databasePath: to } = target;
  const files = await restoreJson({
    from: join(from, backupParts.json),
    to: folder,
    replace: true,
  });
  await endFileRestore(folder);
  const source = join(from, backupParts.database);
  const database = await restoreSqlite({ from: source, to, replace: true });
  return [files.keptAside, database.keptAside].filter((path) => path !== undefined);
}

async function carryOut(
  restore: UnitsRestore,
  aims: readonly UnitAim[],
): Promise<UnitsRestoreReport> {
  const { project, target, actor, from, signal } = restore;
  const { folder } = target;
  const spare = new SpareControl(folder);
  await spare.checkUnused();
  await recordUnits(restore, await spare.incarnation(), stepOf("restore", { actor, from }));
  signal?.throwIfAborted();
  // From here until it is back in its place nobody opens the folder: not even after a crash.
  await spare.take();
  const keptAside = await replaceData(restore);
  const control = await spare.open();
  let units: ReplacedUnit[];
  try {
    const occasion = { action: "restore", actor, details: { backup: from } };
    units = await withControl(project, control, (stores) => replaceUnits(stores, aims, occasion));
  } finally {
    await control.close();
  }
  await spare.putBack();
  if (units.every(({ stage }) => stage === "off")) await recordEnd(restore);
  return { units, keptAside };
}

async function recordEnd({ target: { folder }, actor }: UnitsRestore): Promise<void> {
  const record = await readRecord(folder);
  if (record === undefined) return;
  const step = stepOf("cancel", { actor });
  await writeRecord(
    folder,
    nextRecord(record, { backend: "json", database: record.database, step }),
  );
}

/**
 * Puts a backup of units in the place of both stores. Every unit comes to the store that was in
 * charge of it then, under a new epoch; the other one has to be copied anew. What was there is kept
 * aside. Killed half-way, nothing is served until it is done again.
 *
 * @throws StorageError CORRUPT_DATA when the backup is damaged; CONFIG_INVALID when it has other
 *   units; LOCK_TIMEOUT while an application has the folder open; STAGE_REFUSED for a folder that
 *   moved as a whole; IO_FAILED
 */
export async function restoreUnits(restore: UnitsRestore): Promise<UnitsRestoreReport> {
  const { target, signal } = restore;
  const aims = await plannedRestore(restore);
  return withMigrationLock(
    target.folder,
    async () => {
      await recover(target, { restores: true });
      return carryOut(restore, aims);
    },
    signal === undefined ? {} : { signal },
  );
}

/** The backup of a restore that died half-way, which has to be done again; undefined: none did. */
export async function unfinishedRestore({
  folder,
  record,
}: Pick<Project, "folder" | "record">): Promise<string | undefined> {
  const last = record?.steps.at(-1);
  if (last?.action !== "restore" || typeof last["from"] !== "string") return undefined;
  return (await new SpareControl(folder).isThere()) ? last["from"] : undefined;
}

/** Whether a path is a backup of units. */
export function isUnitsBackup(from: string): Promise<boolean> {
  return fileExists(join(from, backupParts.manifest));
}
