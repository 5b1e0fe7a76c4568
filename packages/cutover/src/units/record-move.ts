import type { JsonObject } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { withQuietJson } from "../migration/json-store.ts";
import type { MigrationTarget } from "../migration/migration-target.ts";
import { identityAt } from "../migration/place-file.ts";
import { recover } from "../migration/recover.ts";
import { refusal } from "../migration/refusal.ts";
import { relativeTo } from "../migration/relative-to.ts";
import { withMigrationLock } from "../state/migration-lock.ts";
import {
  chosenBackend,
  nextRecord,
  stepOf,
  type MigrationRecord,
} from "../state/migration-record.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { isEmptyDatabase } from "./empty-database.ts";
import { recordedUnits } from "./project-units.ts";
import type { UnitStores } from "./unit-stores.ts";

/** What a move is recorded for. */
export interface MoveOptions {
  readonly actor: string;
  readonly signal?: AbortSignal;
}

const startAction = "start";

function migratedAlready({ folder }: MigrationTarget): Error {
  return refusal(
    `${folder} was migrated as a whole: the database has all its data, and no unit is left to move`,
    `cutover status ${shellWord(folder)}`,
  );
}

/** Whether units may begin to move to a database: there is none, or it is known, or empty. */
export async function isFreePlace(
  databasePath: string,
  record: MigrationRecord | undefined,
): Promise<boolean> {
  if (record?.steps.some(({ action }) => action === startAction) === true) return true;
  return (await identityAt(databasePath)) === undefined || isEmptyDatabase(databasePath);
}

/**
 * A database that nobody knows of might be anything: it is not made equal to the files unasked. An
 * empty one is what a start leaves that died, or came too late.
 */
async function checkPlace(
  target: MigrationTarget,
  record: MigrationRecord | undefined,
): Promise<void> {
  const { databasePath, folder } = target;
  if (await isFreePlace(databasePath, record)) return;
  throw refusal(
    `${databasePath} exists and no record of ${folder} names it, so nothing is written to it; move it away, or name another database in the config`,
    `mv ${shellWord(databasePath)} ${shellWord(`${databasePath}.aside`)}`,
  );
}

async function putUnitsInCharge(
  target: MigrationTarget,
  stores: UnitStores,
  { record, actor }: { readonly record: MigrationRecord | undefined; readonly actor: string },
): Promise<void> {
  const units = recordedUnits(stores.units);
  const known = new Set((record?.units ?? []).map(({ name }) => name));
  const isInForce = chosenBackend(record) === "cutover";
  if (isInForce && units.every(({ name }) => known.has(name))) return;
  if (!isInForce) await checkPlace(target, record);
  // The first call makes the file: a record must never name a database that is not there.
  await stores.new.info();
  const details: JsonObject = { actor, units: units.map(({ name }) => name) };
  const { folder, databasePath, configDigest } = target;
  const next = nextRecord(record, {
    backend: "cutover",
    database: relativeTo(folder, databasePath),
    units,
    control: await stores.control.incarnation(),
    originals: [],
    ...(configDigest === undefined ? {} : { configDigest }),
    step: stepOf(startAction, details),
  });
  // No write of a process that knows only JSON files can come after this.
  await withQuietJson(folder, async (alert) => {
    await writeRecord(folder, next);
    await alert();
  });
}

/**
 * Puts the control store in charge of a folder, so that units can move one by one, and runs `work`,
 * which starts them, before anybody else can decide otherwise. Processes that have the JSON files
 * open and know nothing of units are refused from then on; those that do go on.
 *
 * @returns what `work` returned
 * @throws StorageError STAGE_REFUSED, LOCK_TIMEOUT, IO_FAILED; and what `work` throws
 */
export async function whileStarting<T>(
  target: MigrationTarget,
  stores: UnitStores,
  { options, work }: { readonly options: MoveOptions; readonly work: () => Promise<T> },
): Promise<T> {
  const { actor, signal } = options;
  return withMigrationLock(
    target.folder,
    async (turn) => {
      const { record } = await recover(target);
      if (chosenBackend(record) === "sqlite") throw migratedAlready(target);
      await putUnitsInCharge(target, stores, { record, actor });
      turn.check();
      return work();
    },
    signal === undefined ? {} : { signal },
  );
}

/**
 * Runs `work`, and puts the JSON files back in charge of the folder if no unit moves any more.
 *
 * @returns what `work` returned
 */
export async function whileEnding<T>(
  target: MigrationTarget,
  options: MoveOptions,
  work: () => Promise<{ readonly result: T; readonly isAllOff: boolean }>,
): Promise<T> {
  const { actor, signal } = options;
  return withMigrationLock(
    target.folder,
    async (turn) => {
      const { result, isAllOff } = await work();
      turn.check();
      const record = await readRecord(target.folder);
      if (isAllOff && record !== undefined && chosenBackend(record) === "cutover") {
        const { database } = record;
        const step = stepOf("cancel", { actor });
        await writeRecord(target.folder, nextRecord(record, { backend: "json", database, step }));
      }
      return result;
    },
    signal === undefined ? {} : { signal },
  );
}
