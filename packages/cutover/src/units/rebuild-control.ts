import { join } from "node:path";
import {
  isStorageError,
  memoryControl,
  replicaOf,
  versionOf,
  type CollectionDefinition,
  type Replica,
} from "@cutover/core";
import {
  epochMarks,
  stages,
  StoreEpochs,
  UnitRegistry,
  type Side,
  type Stage,
} from "@cutover/engine";
import { DatabaseFreeze } from "../migration/database-freeze.ts";
import { recover } from "../migration/recover.ts";
import { refusal } from "../migration/refusal.ts";
import type { MigrationTarget } from "../migration/migration-target.ts";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";
import type { Project } from "../project/project.ts";
import { withMigrationLock } from "../state/migration-lock.ts";
import { chosenBackend, type BackendKind } from "../state/migration-record.ts";
import { statePaths } from "../state/state-paths.ts";
import { makeFolder } from "../state/write-durably.ts";
import {
  replaceUnits,
  stageWithoutCopy,
  withControl,
  type ReplacedUnit,
  type UnitAim,
} from "./replaced-units.ts";
import { toldStage } from "./said-of-unit.ts";
import { orphanedUnits } from "./orphaned-database.ts";
import { unfinishedRestore } from "./restore-units.ts";
import { recordUnits } from "./record-units.ts";
import { SpareControl } from "./spare-control.ts";
import { rebuildStep, unfinishedRebuild } from "./unfinished-rebuild.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import { openUnitStores, type UnitStores } from "./unit-stores.ts";

/** What {@link rebuildControl} works with. */
export interface ControlRebuild {
  readonly project: Project;
  readonly target: MigrationTarget;
  readonly actor: string;
  /** The store that is right where it cannot be told. Default: it is refused then. */
  readonly authority?: BackendKind | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a unit whose control store is lost. */
export interface FoundUnit {
  readonly unit: string;
  /** The stage it is to have; undefined where that cannot be told. */
  readonly stage: Stage | undefined;
  readonly epoch: number;
  /** Records that the two stores do not agree about. */
  readonly differing: number;
  readonly doubt: string | undefined;
}

/** What a rebuild did. */
export interface RebuildReport {
  readonly found: readonly FoundUnit[];
  readonly units: readonly ReplacedUnit[];
  /** Where both stores were copied to before anything was changed. */
  readonly keptAside: string;
}

const authorityStage: Readonly<Record<BackendKind, Stage>> = { json: "dualwrite", sqlite: "live" };

async function versionsOf(
  replica: Replica,
  collection: CollectionDefinition,
): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  for await (const batch of replica.oldestFirst(collection))
    for (const { key, value } of batch) versions.set(key, versionOf(value));
  return versions;
}

async function differingIn(
  replicas: Readonly<Record<Side, Replica>>,
  unit: ProjectUnit,
): Promise<number> {
  let differing = 0;
  for (const collection of unit.collections) {
    const old = await versionsOf(replicas.old, collection);
    const successor = await versionsOf(replicas.new, collection);
    for (const [key, version] of old) if (successor.get(key) !== version) differing++;
    for (const key of successor.keys()) if (!old.has(key)) differing++;
  }
  return differing;
}

/** What both stores say of every unit, held against what lies in them. */
async function findUnits(stores: UnitStores, rebuild: ControlRebuild): Promise<FoundUnit[]> {
  const { control } = stores;
  const registry = new UnitRegistry(control, { from: stores.old.kind, to: stores.new.kind });
  const replicas = { old: replicaOf(stores.old), new: replicaOf(stores.new) };
  const epochs = new StoreEpochs({ control, registry, replicas });
  const { record } = rebuild.project;
  const unfinished = await unfinishedRebuild(rebuild.project);
  const found: FoundUnit[] = [];
  for (const unit of stores.units) {
    const [old, successor] = [
      await epochs.markOf("old", unit.name),
      await epochs.markOf("new", unit.name),
    ];
    const told = toldStage({ old, new: successor, control: record?.control, unfinished });
    const isAlone = told.doubt === undefined && stages[told.stage].mirror === undefined;
    const differing = isAlone ? 0 : await differingIn(replicas, unit);
    found.push({
      unit: unit.name,
      epoch: told.epoch,
      differing,
      ...decided(told, differing, rebuild),
    });
  }
  return found;
}

function decided(
  told: ReturnType<typeof toldStage>,
  differing: number,
  { authority }: ControlRebuild,
): Pick<FoundUnit, "stage" | "doubt"> {
  if (told.doubt === undefined) return { stage: stageWithoutCopy[told.stage], doubt: undefined };
  // Where both stores hold the same, whichever is in charge is right.
  if (authority === undefined && differing > 0) return { stage: undefined, doubt: told.doubt };
  return { stage: authorityStage[authority ?? "json"], doubt: told.doubt };
}

/** @throws StorageError STAGE_REFUSED where there is nothing to rebuild; LOCK_TIMEOUT while the folder is in use */
async function checkLost({ project, target }: ControlRebuild): Promise<void> {
  const word = shellWord(project.folder);
  const unfinished = await unfinishedRestore(project);
  if (unfinished !== undefined)
    throw refusal(
      `a restore of ${project.folder} died half-way, so that its stores may not belong together`,
      `cutover restore ${word} ${shellWord(unfinished)}`,
    );
  const isOrphaned = (await orphanedUnits(project)).length > 0;
  if (chosenBackend(project.record) !== "cutover" && !isOrphaned)
    throw refusal(
      `no unit of ${project.folder} moves, so that it needs no control store`,
      `cutover status ${word}`,
    );
  await new SpareControl(project.folder).checkUnused();
  if (!(await fileExists(target.databasePath)))
    throw refusal(
      `${target.databasePath} is not there either: put it back first, so that both stores can be asked`,
      `cutover doctor ${word}`,
    );
  new DatabaseFreeze(target.databasePath).release();
  if (await isSound(project))
    throw refusal(
      `the control store of ${project.folder} is there, and both stores agree with it; nothing is to be rebuilt`,
      `cutover status ${word}`,
    );
}

async function isSound(project: Project): Promise<boolean> {
  if (!(await fileExists(statePaths(project.folder).control))) return false;
  try {
    const stores = await openUnitStores(project, { warn: () => {} });
    try {
      const { control, old, new: successor } = stores;
      for (const store of [old, successor]) store.collection(epochMarks);
      const registry = new UnitRegistry(control, { from: old.kind, to: successor.kind });
      const replicas = { old: replicaOf(old), new: replicaOf(successor) };
      const epochs = new StoreEpochs({ control, registry, replicas });
      for (const unit of stores.units) await epochs.checkAuthority(unit);
      return true;
    } finally {
      await stores[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return false;
  }
}

function undecided({ folder }: MigrationTarget, found: readonly FoundUnit[]): Error {
  const doubts = found
    .filter(({ stage }) => stage === undefined)
    .map(
      ({ unit, doubt, differing }) =>
        `unit "${unit}": ${doubt ?? ""}, and ${differing} records differ`,
    );
  const word = shellWord(folder);
  return refusal(
    `which store is right cannot be told. ${doubts.join("; ")}. Nothing was changed: look at both, ` +
      "then say which one is in charge with --authority json or --authority sqlite; both are copied aside first",
    `cutover doctor ${word} --rebuild-control --authority json --dry-run`,
  );
}

async function copyAside(folder: string, { old, new: successor }: UnitStores): Promise<string> {
  const aside = join(statePaths(folder).state, `before-rebuild-${Date.now()}`);
  await makeFolder(aside, 0o700);
  await old.backup(join(aside, "json"));
  await successor.backup(join(aside, "database.db"));
  return aside;
}

interface Findings {
  readonly found: readonly FoundUnit[];
  readonly aims: readonly UnitAim[];
  readonly keptAside: string;
}

/** Asks both stores, without any control store, and copies them aside. */
async function lookAndCopy(rebuild: ControlRebuild, isRehearsal: boolean): Promise<Findings> {
  const { project, target } = rebuild;
  return withControl(project, memoryControl(), async (stores) => {
    const found = await findUnits(stores, rebuild);
    if (found.some(({ stage }) => stage === undefined)) throw undecided(target, found);
    const aims = stores.units.flatMap((unit) => {
      const own = found.find(({ unit: name }) => name === unit.name);
      return own?.stage === undefined ? [] : [{ unit, stage: own.stage, epoch: own.epoch }];
    });
    return { found, aims, keptAside: isRehearsal ? "" : await copyAside(target.folder, stores) };
  });
}

async function carryOut(rebuild: ControlRebuild, isRehearsal: boolean): Promise<RebuildReport> {
  const { project, target, actor, signal } = rebuild;
  const { found, aims, keptAside } = await lookAndCopy(rebuild, isRehearsal);
  if (isRehearsal) return { found, units: [], keptAside };
  signal?.throwIfAborted();
  const spare = new SpareControl(target.folder);
  const unfinished = await unfinishedRebuild(project);
  // What died may have signed stores already: it is gone on with, for nobody else knows its name.
  await (unfinished === undefined ? spare.putAllAside() : spare.take());
  const { former } = unfinished ?? { former: project.record?.control };
  await recordUnits(rebuild, await spare.incarnation(), rebuildStep(actor, former));
  const control = await spare.open();
  let units: ReplacedUnit[];
  try {
    const occasion = { action: "rebuild control", actor, details: { keptAside } };
    units = await withControl(project, control, (stores) => replaceUnits(stores, aims, occasion));
  } finally {
    await control.close();
  }
  await spare.putBack();
  return { found, units, keptAside };
}

/**
 * Makes a control store anew from what both stores say of themselves: for every unit the mark of
 * the greater epoch decides which store is in charge, and nothing is taken for copied. Both stores
 * are copied aside first, so that nothing is lost whatever was decided. Refuses where the stores
 * contradict each other and differ, unless it was said which one is right.
 *
 * @throws StorageError STAGE_REFUSED where nothing is lost, or it cannot be told which store is
 *   right; LOCK_TIMEOUT while an application has the folder open; CORRUPT_DATA, IO_FAILED
 */
export async function rebuildControl(
  rebuild: ControlRebuild,
  { isRehearsal }: { readonly isRehearsal: boolean },
): Promise<RebuildReport> {
  const { target, signal } = rebuild;
  return withMigrationLock(
    target.folder,
    async () => {
      await checkLost(rebuild);
      await recover(target);
      return carryOut(rebuild, isRehearsal);
    },
    signal === undefined ? {} : { signal },
  );
}
