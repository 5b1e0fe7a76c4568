import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  replicaOf,
  StorageError,
  type BackupFile,
  type ControlLock,
  type ControlStore,
} from "@cutover/core";
import { drainLock, StoreEpochs, UnitRegistry, type Operator } from "@cutover/engine";
import { fileExists } from "../project/choose-backend.ts";
import { makeFolder } from "../state/write-durably.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import type { UnitStores } from "./unit-stores.ts";
import {
  backupParts,
  describedFile,
  writeManifest,
  type BackedUpUnit,
  type UnitsManifest,
} from "./units-manifest.ts";

/** How long a change of stage, or a drain, of another process is waited for, in milliseconds. */
const patienceMs = 30_000;

/** What {@link backUpUnits} works with. */
export interface UnitsBackup {
  readonly stores: UnitStores;
  readonly operator: Operator;
  /** A folder that does not exist yet. */
  readonly destination: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `work` while no unit changes its stage, nor its second store. Writers go on. */
async function whileStagesStand<T>(
  control: ControlStore,
  units: readonly ProjectUnit[],
  { signal, work }: { readonly signal: AbortSignal | undefined; readonly work: () => Promise<T> },
): Promise<T> {
  const held: ControlLock[] = [];
  try {
    // In one order for everybody: two backups at once must not wait for each other.
    for (const { name } of units.toSorted((one, other) => (one.name < other.name ? -1 : 1)))
      held.push(
        await control.lock(drainLock(name), "exclusive", { timeoutMs: patienceMs, signal }),
      );
    return await work();
  } finally {
    for (const lock of held) lock.release();
  }
}

async function unitsNow({ stores, operator }: UnitsBackup): Promise<BackedUpUnit[]> {
  const { control } = stores;
  const registry = new UnitRegistry(control, { from: stores.old.kind, to: stores.new.kind });
  const replicas = { old: replicaOf(stores.old), new: replicaOf(stores.new) };
  const epochs = new StoreEpochs({ control, registry, replicas });
  const found: BackedUpUnit[] = [];
  for (const unit of stores.units) {
    const { stage, epoch } = await operator.record(unit);
    // A store that is another one must not be taken for a backup of this one.
    if (stage !== "off") await epochs.checkAuthority(unit);
    const collections = unit.collections.map(({ name }) => name);
    found.push({ name: unit.name, collections, stage, epoch });
  }
  return found;
}

async function filesIn(folder: string): Promise<BackupFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: BackupFile[] = [];
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    files.push(await describedFile(folder, path));
  }
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

async function write(backup: UnitsBackup): Promise<UnitsManifest> {
  const { destination, stores, signal } = backup;
  const options = signal === undefined ? {} : { signal };
  const units = await unitsNow(backup);
  await makeFolder(destination, 0o700);
  try {
    await stores.old.backup(join(destination, backupParts.json), options);
    await stores.new.backup(join(destination, backupParts.database), options);
    await stores.control.backup(join(destination, backupParts.control));
    signal?.throwIfAborted();
    const at = new Date().toISOString();
    const manifest = { at, units, files: await filesIn(destination) };
    await writeManifest(destination, manifest);
    return manifest;
  } catch (error) {
    // Nothing was there before: a part of a backup is worth nothing and would be taken for one.
    await rm(destination, { recursive: true, force: true });
    throw error;
  }
}

/** @throws StorageError CONFIG_INVALID when there is something at the destination already */
export async function checkFree(destination: string): Promise<void> {
  if (!(await fileExists(destination))) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `${destination} is there already; name a folder that does not exist`,
    { operation: "backup" },
  );
}

/**
 * Writes both stores and the control store of a folder whose units move to one new folder, verified
 * and with a manifest. The application goes on: each store is copied as of one moment, and the
 * stages stand still meanwhile, so that for every unit the store in charge is whole. What the other
 * one lacked at that moment is copied to it anew after a restore.
 *
 * @throws StorageError CONFIG_INVALID when the destination exists; LOCK_TIMEOUT when another command
 *   is changing units; STAGE_REFUSED when a store is not the one that was moved; CORRUPT_DATA,
 *   IO_FAILED. Nothing is left at the destination then
 */
export async function backUpUnits(backup: UnitsBackup): Promise<UnitsManifest> {
  const { stores, destination, signal } = backup;
  await checkFree(destination);
  return whileStagesStand(stores.control, stores.units, { signal, work: () => write(backup) });
}
