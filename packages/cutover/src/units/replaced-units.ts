import {
  isStorageError,
  replicaOf,
  type AuditEntry,
  type ControlStore,
  type JsonObject,
} from "@cutover/core";
import {
  encodeUnit,
  epochMarks,
  forgetStamp,
  recordName,
  stages,
  StoreEpochs,
  UnitRegistry,
  type Side,
  type Stage,
  type UnitRecord,
} from "@cutover/engine";
import { defaultHop } from "../hop/hop.ts";
import { openJson } from "../project/open-json.ts";
import type { Project } from "../project/project.ts";
import { checkUnitsStand, unitsOf } from "./project-units.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import type { UnitStores } from "./unit-stores.ts";

/** The stage a unit is to have, and the epoch that the new one has to be above of. */
export interface UnitAim {
  readonly unit: ProjectUnit;
  readonly stage: Stage;
  readonly epoch: number;
}

/** Why stages are written anew. */
export interface Occasion {
  /** Such as `restore`. */
  readonly action: string;
  readonly actor: string;
  readonly details: JsonObject;
}

/** A unit whose stage was written anew. */
export interface ReplacedUnit {
  readonly unit: string;
  readonly stage: Stage;
  readonly epoch: number;
  /** Whether its second store has to be copied anew. */
  readonly needsBackfill: boolean;
}

/** What of a stage is left when the second store may hold anything. */
export const stageWithoutCopy: Readonly<Record<Stage, Stage>> = {
  off: "off",
  dualwrite: "dualwrite",
  shadow: "dualwrite",
  live: "live",
  rampdown: "live",
  complete: "complete",
};

/** Runs `work` on both stores of a folder with a control store that is not in its place. */
export async function withControl<T>(
  project: Project,
  control: ControlStore,
  work: (stores: UnitStores) => Promise<T>,
): Promise<T> {
  const stores = await openWithControl(project, unitsOf(project), control);
  try {
    return await work(stores);
  } finally {
    await stores[Symbol.asyncDispose]();
  }
}

async function openWithControl(
  project: Project,
  units: readonly ProjectUnit[],
  control: ControlStore,
): Promise<UnitStores> {
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  const { databasePath: path, config } = project;
  const collections = [...units.flatMap((unit) => unit.collections), epochMarks];
  const check = (): Promise<void> => checkUnitsStand(project, units);
  const old = await openJson(project, { collections, check, warn: () => {} });
  const successor = sqliteBackend({ path, collections, ...config.sqlite });
  const dispose = async (): Promise<void> => {
    for (const part of [old, successor]) await part.close();
  };
  return { units, hop: defaultHop, old, new: successor, control, [Symbol.asyncDispose]: dispose };
}

/** What a store says of a unit; a damaged mark says nothing. */
async function epochSaid(epochs: StoreEpochs, side: Side, unit: string): Promise<number> {
  try {
    return (await epochs.markOf(side, unit))?.epoch ?? 0;
  } catch (error) {
    if (isStorageError(error, "CORRUPT_DATA")) return 0;
    throw error;
  }
}

/**
 * Gives units their stages, under an epoch above all that were ever known of, with everything
 * marked: nothing is taken for copied. Both stores say so themselves before the control store does.
 * Nobody else may have the folder open.
 */
export async function replaceUnits(
  stores: UnitStores,
  aims: readonly UnitAim[],
  { action, actor, details }: Occasion,
): Promise<ReplacedUnit[]> {
  const { control, old, new: successor } = stores;
  const hop = { from: old.kind, to: successor.kind };
  const registry = new UnitRegistry(control, hop);
  const replicas = { old: replicaOf(old), new: replicaOf(successor) };
  const epochs = new StoreEpochs({ control, registry, replicas });
  const known = await control.records();
  const { units: recorded } = await registry.look();
  const changes: { name: string; revision: number; value: JsonObject }[] = [];
  const audit: AuditEntry[] = [];
  const replaced: ReplacedUnit[] = [];
  for (const { unit, stage, epoch: least } of aims) {
    const before = recorded.get(unit.name)?.record;
    const said = [
      await epochSaid(epochs, "old", unit.name),
      await epochSaid(epochs, "new", unit.name),
    ];
    const epoch = Math.max(least, before?.epoch ?? 0, ...said) + 1;
    const at = new Date().toISOString();
    const collections = unit.collections.map(({ name }) => name);
    const needsBackfill = stages[stage].mirror !== undefined;
    const record: UnitRecord = {
      unit: unit.name,
      collections,
      hop,
      stage,
      epoch,
      since: at,
      backfilled: stage === "complete",
    };
    await control.settleOrphans(unit.name);
    for (const name of collections) await forgetStamp({ control, unit: unit.name }, name);
    if (needsBackfill)
      await control.markSettled(
        unit.name,
        collections.map((collection) => ({ collection, key: undefined, moved: false })),
      );
    for (const side of ["old", "new"] as const) await epochs.sign(side, record);
    const name = recordName(unit.name);
    const revision = known.find((found) => found.name === name)?.revision ?? 0;
    changes.push({ name, revision, value: encodeUnit(record) });
    const from = before?.stage ?? "unknown";
    audit.push({
      at,
      action,
      unit: unit.name,
      actor,
      details: { from, to: stage, epoch, ...details },
    });
    replaced.push({ unit: unit.name, stage, epoch, needsBackfill });
  }
  await control.commit(changes, audit);
  return replaced;
}
