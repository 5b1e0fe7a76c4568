import { replicaOf } from "@cutover/core";
import { defaultHop, hopInWords, isSameHop } from "../hop/hop.ts";
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
  recordedHop,
  stepOf,
  type MigrationRecord,
  type MigrationStep,
} from "../state/migration-record.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { isEmptyDatabase } from "./empty-database.ts";
import { formerCharge, leaveFirstHop, returnToFirstHop } from "./first-hop.ts";
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
 * Records on a server that nobody knows of might be anybody's: they are not made equal to the old
 * store unasked. The control store that this folder moved by before vouches for them.
 */
async function checkServerPlace(
  { folder }: MigrationTarget,
  stores: UnitStores,
  record: MigrationRecord | undefined,
): Promise<void> {
  const incarnation = await stores.control.incarnation();
  const isKnown = record?.steps.some(
    ({ action, control }) => action === startAction && control === incarnation,
  );
  if (isKnown === true) return;
  const replica = replicaOf(stores.new);
  for (const collection of stores.units.flatMap((unit) => unit.collections)) {
    if ((await replica.size(collection)) === 0) continue;
    const { location = "the server" } = stores.control;
    throw refusal(
      `the Postgres database beside ${location} has records of "${collection.name}" already, and no record of ${folder} ` +
        "names it, so nothing is written to it; name another schema in the config (`postgres.schema`), or drop that one",
      `cutover plan ${shellWord(folder)}`,
    );
  }
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

/** The step that a record keeps: which control store it was vouches for what lies on a server. */
function startStep(
  stores: UnitStores,
  { actor, control }: { readonly actor: string; readonly control: string },
): MigrationStep {
  const names = stores.units.map(({ name }) => name);
  const more = stores.hop.to === "postgres" ? { control, hop: hopInWords(stores.hop) } : {};
  return stepOf(startAction, { actor, units: names, ...more });
}

interface Taking {
  readonly record: MigrationRecord | undefined;
  readonly actor: string;
}

async function putUnitsInCharge(
  target: MigrationTarget,
  stores: UnitStores,
  { record, actor }: Taking,
): Promise<void> {
  const { hop } = stores;
  const known = new Set((record?.units ?? []).map(({ name }) => name));
  const found = recordedHop(record);
  const isInForce = found !== undefined && isSameHop(found, hop);
  if (!isInForce && hop.to === "sqlite") await checkPlace(target, record);
  if (!isInForce && hop.to === "postgres") await checkServerPlace(target, stores, record);
  const letIn = hop.from === "sqlite" ? await leaveFirstHop(target, record, actor) : (): void => {};
  try {
    if (!isInForce || !stores.units.every(({ name }) => known.has(name)))
      await writeMove(target, stores, { record, actor });
  } finally {
    letIn();
  }
}

async function writeMove(
  target: MigrationTarget,
  stores: UnitStores,
  { record, actor }: Taking,
): Promise<void> {
  const { hop } = stores;
  // The first call makes the file: a record must never name a database that is not there.
  await stores.new.info();
  const { folder, databasePath, configDigest } = target;
  const control = await stores.control.incarnation();
  const former = hop.from === "sqlite" ? formerCharge(record) : undefined;
  const next = nextRecord(record, {
    backend: "cutover",
    database: relativeTo(folder, databasePath),
    units: recordedUnits(stores.units),
    control,
    hop,
    ...(former === undefined ? {} : { former }),
    ...(hop.from === "sqlite" ? {} : { originals: [] }),
    ...(configDigest === undefined ? {} : { configDigest }),
    step: startStep(stores, { actor, control }),
  });
  // There are no writers of JSON files any more.
  if (hop.from === "sqlite") return writeRecord(folder, next);
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
      if (chosenBackend(record) === "sqlite" && stores.hop.from !== "sqlite")
        throw migratedAlready(target);
      await putUnitsInCharge(target, stores, { record, actor });
      turn.check();
      return work();
    },
    signal === undefined ? {} : { signal },
  );
}

/** The record once no unit moves any more: what was in charge before is again. */
async function standDown(
  { folder }: MigrationTarget,
  record: MigrationRecord,
  actor: string,
): Promise<void> {
  const { database, former } = record;
  const step = stepOf("cancel", { actor });
  if (former === undefined)
    return writeRecord(folder, nextRecord(record, { backend: "json", database, step }));
  await returnToFirstHop({ folder }, former, actor);
  const { backend, units, control } = former;
  const change = { backend, database, step, hop: defaultHop };
  const own = { ...(units && { units }), ...(control === undefined ? {} : { control }) };
  await writeRecord(folder, nextRecord(record, { ...change, ...own }));
}

/**
 * Runs `work`, and puts what was in charge of the folder before back if no unit moves any more.
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
      if (isAllOff && record !== undefined && chosenBackend(record) === "cutover")
        await standDown(target, record, actor);
      return result;
    },
    signal === undefined ? {} : { signal },
  );
}
