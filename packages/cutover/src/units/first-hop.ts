import { StorageError, type AuditEntry, type ControlStore, type RecordChange } from "@cutover/core";
import {
  encodeUnit,
  recordName,
  UnitRegistry,
  writersLock,
  type UnitRecord,
} from "@cutover/engine";
import { defaultHop, hopInWords, hopOf, isSameHop, type Hop } from "../hop/hop.ts";
import { DatabaseFreeze } from "../migration/database-freeze.ts";
import { refusal } from "../migration/refusal.ts";
import { shellWord } from "../output/shell-word.ts";
import type { Project } from "../project/project.ts";
import { statePaths } from "../state/state-paths.ts";
import {
  chosenBackend,
  recordedHop,
  type FormerCharge,
  type MigrationRecord,
} from "../state/migration-record.ts";
import { localControl } from "./open-control.ts";

/** How long writers of the first hop are waited for, in milliseconds. */
const patienceMs = 10_000;

const secondHop: Hop = { from: "sqlite", to: "postgres" };

async function unitsIn(control: ControlStore): Promise<ReadonlyMap<string, UnitRecord>> {
  const { units } = await new UnitRegistry(control, defaultHop).look();
  return new Map([...units].map(([name, { record }]) => [name, record]));
}

function incomplete({ folder }: Project, what: string): Error {
  return refusal(
    `the hop ${hopInWords(secondHop)} of ${folder} begins where json→sqlite is complete, and ${what}; ` +
      "go on with the config of the first hop until it is",
    `cutover status ${shellWord(folder)}`,
  );
}

/** Every collection of the first hop has to be known on the second: it is refused to who is not. */
function checkAllKnown({ collections, folder }: Project, names: readonly string[]): void {
  const unknown = names.filter((name) => !collections.some((own) => own.name === name));
  if (unknown.length === 0) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `json→sqlite of ${folder} moved the collections ${unknown.join(", ")}, which this config does not ` +
      "define; a hop is for all of a folder: define them, too",
    { operation: "open" },
  );
}

/**
 * Refuses a second hop of collections whose first one is not complete.
 * @throws StorageError STAGE_REFUSED naming what is not, and how far it is; CONFIG_INVALID
 */
export async function checkFirstHop(project: Project): Promise<void> {
  const { record, config, collections } = project;
  const found = recordedHop(record);
  const isSecond = isSameHop(hopOf(config), secondHop);
  if (!isSecond || found === undefined || !isSameHop(found, defaultHop)) return;
  const moved = (record?.units ?? []).flatMap((unit) => unit.collections);
  const names = new Set([...moved, ...collections.map(({ name }) => name)]);
  const control = await localControl(project);
  try {
    const stages = new Map<string, string>();
    for (const { stage, collections: own } of (await unitsIn(control)).values())
      if (stage !== "off") for (const name of own) stages.set(name, stage);
    const left = [...names].filter((name) => stages.get(name) !== "complete");
    const which = left.map((name) => `"${name}" is at ${stages.get(name) ?? "off"}`);
    if (left.length > 0) throw incomplete(project, which.join(", "));
    checkAllKnown(project, moved);
  } finally {
    await control.close();
  }
}

/** Whether a second hop has taken over from the first one, and has not begun. */
export async function isFirstHopLeft(project: Project): Promise<boolean> {
  const found = recordedHop(project.record);
  if (found === undefined || !isSameHop(found, defaultHop)) return false;
  const control = await localControl(project);
  try {
    const records = [...(await unitsIn(control)).values()];
    return records.some((record) => isComplete(record, secondHop));
  } finally {
    await control.close();
  }
}

/** What was in charge before a second hop, for the record. */
export function formerCharge(record: MigrationRecord | undefined): FormerCharge | undefined {
  if (record?.former !== undefined) return record.former;
  const backend = chosenBackend(record);
  if (backend === "json") return undefined;
  const { units, control } = record ?? {};
  return {
    backend,
    ...(units === undefined ? {} : { units }),
    ...(control === undefined ? {} : { control }),
  };
}

interface Handover {
  readonly from: Hop;
  readonly to: Hop;
  readonly action: string;
  readonly actor: string;
}

/** Writers of the unit are out, so that none of them comes after it. */
async function handOver(control: ControlStore, name: string, change: Handover): Promise<void> {
  const lock = await control.lock(writersLock(name), "exclusive", { timeoutMs: patienceMs });
  try {
    const { units } = await new UnitRegistry(control, defaultHop).look();
    const stored = units.get(name);
    if (stored === undefined || !isComplete(stored.record, change.from)) return;
    const { record, revision } = stored;
    const at = new Date().toISOString();
    const after: UnitRecord = { ...record, hop: change.to, epoch: record.epoch + 1 };
    const changes: RecordChange[] = [
      { name: recordName(name), revision, value: encodeUnit(after) },
    ];
    const details = { hop: hopInWords(change.to), epoch: after.epoch };
    const audit: AuditEntry[] = [
      { at, action: change.action, unit: name, actor: change.actor, details },
    ];
    await control.commit(changes, audit);
  } finally {
    lock.release();
  }
}

function isComplete({ stage, hop }: UnitRecord, wanted: Hop): boolean {
  return stage === "complete" && hop.from === wanted.from && hop.to === wanted.to;
}

async function handOverAll(
  { folder }: { readonly folder: string },
  former: FormerCharge,
  change: Handover,
): Promise<void> {
  if (former.backend !== "cutover") return;
  const { sqliteControl } = await import("@cutover/kysely/control");
  const { control: path } = statePaths(folder);
  const control = sqliteControl({ path });
  await control.open();
  try {
    if (former.control !== (await control.incarnation()))
      throw new StorageError(
        "STAGE_REFUSED",
        `${path} is not the control store of the first hop; put that one back`,
      );
    // In one order for everybody.
    for (const name of [...(await unitsIn(control)).keys()].toSorted())
      await handOver(control, name, change);
  } finally {
    await control.close();
  }
}

/** Keeps everybody out of a database. @returns lets them in again */
function keepOut(databasePath: string): () => void {
  const freeze = new DatabaseFreeze(databasePath);
  try {
    freeze.holdWriters();
    freeze.holdAll();
  } catch (error) {
    freeze.release();
    throw error;
  }
  return () => freeze.release();
}

/**
 * Refuses the database from now on to every process that runs with the config of the first hop: its
 * next call, of those that go on as well as of new ones, finds that its units are on another hop.
 * Again does nothing.
 *
 * @returns what to call once the record says so, too: who opens a database that was migrated as a
 *   whole looks at the record then, and never again
 * @throws StorageError LOCK_TIMEOUT while a writer does not end, or, where the folder was migrated
 *   as a whole, while any other process has the database open
 */
export async function leaveFirstHop(
  target: { readonly folder: string; readonly databasePath: string },
  record: MigrationRecord | undefined,
  actor: string,
): Promise<() => void> {
  const former = formerCharge(record);
  if (former === undefined) return () => {};
  if (record?.former === undefined && former.backend === "sqlite")
    return keepOut(target.databasePath);
  const change = { from: defaultHop, to: secondHop, action: "move on", actor };
  await handOverAll(target, former, change);
  return () => {};
}

/** Lets processes with the config of the first hop in again. */
export async function returnToFirstHop(
  target: { readonly folder: string },
  former: FormerCharge,
  actor: string,
): Promise<void> {
  await handOverAll(target, former, {
    from: secondHop,
    to: defaultHop,
    action: "come back",
    actor,
  });
}
