import { isJsonObject, isStorageError, replicaOf } from "@cutover/core";
import {
  blockersOf,
  holdTopic,
  shadowCountsOf,
  stages,
  type GateBlocker,
  type Operator,
  type ShadowCounts,
  type Stage,
  type StageAction,
  type UnitRecord,
} from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import { needsDatabase, type Hop } from "../hop/hop.ts";
import { fileExists } from "../project/choose-backend.ts";
import { askedStage } from "./asked-stage.ts";
import { gatePorts } from "./unit-operator.ts";
import type { LostRecords } from "./lost-records.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import type { UnitStores } from "./unit-stores.ts";

/** How a unit stands, as commands show it. */
export interface UnitView {
  readonly unit: string;
  readonly team: string | undefined;
  readonly collections: readonly string[];
  readonly hop: { readonly from: string; readonly to: string };
  readonly stage: Stage;
  readonly epoch: number;
  /** Since when it is at this stage; undefined for one that was never started. ISO 8601, UTC. */
  readonly since: string | undefined;
  /** The kind of the store that is in charge. */
  readonly authority: string;
  /** Records of the two stores; undefined where nothing is mirrored. */
  readonly copied: { readonly done: number; readonly total: number } | undefined;
  /** Records that may differ between the two stores. */
  readonly dirty: number;
  readonly dirtySince: string | undefined;
  /** Collections of which everything may differ. */
  readonly uncopied: readonly string[];
  readonly verification: UnitRecord["verification"];
  /** Reads that were compared under this epoch; undefined in stages that compare none. */
  readonly shadow: ShadowCounts | undefined;
  /** Why writers are held back; undefined while they are not. */
  readonly held: string | undefined;
  readonly reverseUntil: string | undefined;
  /** The stage that the config's `stageRequest` asks for. */
  readonly asked: Stage | undefined;
  /** Why it could not be asked; undefined: it could. */
  readonly askedTrouble: string | undefined;
  readonly next: StageAction | undefined;
  readonly blockedBy: readonly GateBlocker[];
  /** What stands in the way back. */
  readonly wayBackBlockedBy: readonly GateBlocker[];
}

/** What {@link UnitView}s are made from. */
export interface ViewSource {
  readonly stores: UnitStores;
  readonly operator: Operator;
  readonly databasePath: string;
  readonly settings: CutoverSettings | undefined;
  readonly lost: LostRecords;
}

/** How a unit stands in a folder in which nothing was ever started. */
export async function viewUnbegun(
  unit: ProjectUnit,
  { settings, hop }: { readonly settings: CutoverSettings | undefined; readonly hop: Hop },
): Promise<UnitView> {
  return {
    unit: unit.name,
    team: unit.team,
    collections: unit.collections.map(({ name }) => name),
    hop,
    stage: "off",
    epoch: 0,
    since: undefined,
    authority: hop.from,
    copied: undefined,
    dirty: 0,
    dirtySince: undefined,
    uncopied: [],
    verification: undefined,
    shadow: undefined,
    held: undefined,
    reverseUntil: undefined,
    ...(await askedStage(unit.name, settings)),
    next: "start",
    blockedBy: [],
    wayBackBlockedBy: [],
  };
}

/** What is told of a unit's stores, or why nothing can be. */
interface Counted {
  readonly copied: UnitView["copied"];
  readonly trouble: GateBlocker | undefined;
}

const troubled = (code: string, message: string): Counted => ({
  copied: undefined,
  trouble: { code, message, remedy: "doctor" },
});

async function copiedOf(
  unit: ProjectUnit,
  { stage }: UnitRecord,
  { stores, databasePath, lost }: ViewSource,
): Promise<Counted> {
  const { authority, mirror } = stages[stage];
  // Counting in a database that is gone would make an empty one.
  if (needsDatabase(stores.hop, stage) && !(await fileExists(databasePath)))
    return troubled("database-missing", `${databasePath} is not there`);
  const source = replicaOf(stores[authority]);
  const copy = mirror === undefined ? undefined : replicaOf(stores[mirror]);
  let [done, total] = [0, 0];
  try {
    const missing = await lost({ stage });
    if (missing !== undefined) return troubled("database-missing", missing);
    for (const collection of unit.collections) {
      const size = await source.size(collection);
      total += size;
      done += Math.min(size, (await copy?.size(collection)) ?? 0);
    }
  } catch (error) {
    // The other units can be told of all the same.
    if (!isStorageError(error)) throw error;
    return troubled(error.code, error.message);
  }
  return { copied: mirror === undefined ? undefined : { done, total }, trouble: undefined };
}

/** The engine leaves a note while writers outrun the second store. */
async function heldBy({ name }: ProjectUnit, { stores }: ViewSource): Promise<string | undefined> {
  const notes = await stores.control.notes(holdTopic);
  const note = notes.find(({ key }) => key === name)?.value;
  if (!isJsonObject(note)) return undefined;
  const dirty = Number(note["dirty"]);
  return `writers held back: ${dirty} records behind, more than ${Number(note["maxDirty"])}`;
}

function wayBackBlockers(
  record: UnitRecord,
  { stores, settings }: ViewSource,
): Promise<readonly GateBlocker[]> {
  return blockersOf(gatePorts(stores, settings), record, "reverse");
}

/** How a unit stands now. */
export async function viewUnit(unit: ProjectUnit, source: ViewSource): Promise<UnitView> {
  const { operator, settings } = source;
  const { record, dirty, dirtySince, uncopied, next, blockedBy } = await operator.status(unit);
  const isBegun = record.epoch > 0;
  const { copied, trouble } = await copiedOf(unit, record, source);
  return {
    unit: unit.name,
    team: unit.team,
    collections: record.collections,
    hop: record.hop,
    stage: record.stage,
    epoch: record.epoch,
    since: isBegun ? record.since : undefined,
    authority: stages[record.stage].authority === "old" ? record.hop.from : record.hop.to,
    copied,
    dirty,
    dirtySince,
    uncopied,
    verification: record.verification,
    shadow: stages[record.stage].compares
      ? await shadowCountsOf(source.stores.control, unit.name, record.epoch)
      : undefined,
    held: await heldBy(unit, source),
    reverseUntil: record.reverseUntil,
    ...(await askedStage(unit.name, settings)),
    next,
    blockedBy: trouble === undefined ? blockedBy : [trouble, ...blockedBy],
    wayBackBlockedBy: await wayBackBlockers(record, source),
  };
}
