import {
  defineCollection,
  type CollectionDefinition,
  isJsonObject,
  isStorageError,
  StorageError,
  type ControlStore,
  type JsonValue,
  type Replica,
} from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import { within } from "../shadow/within.ts";
import { stages, type Side, type Stage } from "../stage/stages.ts";
import { encodeUnit, isStage, recordName, type UnitRecord } from "./unit-record.ts";
import type { UnitRegistry } from "./unit-registry.ts";
import type { Unit } from "./unit.ts";
import { markWhole } from "./whole-marks.ts";

/**
 * What a store says of itself, a record per unit: which control store decides about it, and how far
 * the unit had come when this was last written. It may lag behind the control store, never be ahead.
 */
export const epochMarks: CollectionDefinition = defineCollection({
  name: "cutover_epoch",
  file: { path: ".cutover/engine/epochs.json" },
});

/** What a store says of itself for a unit. */
export interface EpochMark {
  readonly incarnation: string;
  readonly epoch: number;
  /** Whether the unit was on its way, or had arrived. */
  readonly isMoving: boolean;
  /** The stage it had then; undefined in marks of older versions. Decides nothing while there is a control store. */
  readonly stage: Stage | undefined;
}

/** What {@link StoreEpochs} works with. */
export interface EpochPorts {
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly replicas: Sides<Replica>;
}

/** A store that is slow to be marked is marked by the next one who opens it. Milliseconds. */
const markMs = 1000;

function decode(unit: string, side: Side, value: JsonValue): EpochMark {
  if (isJsonObject(value)) {
    const { incarnation, epoch, isMoving, stage } = value;
    if (typeof incarnation === "string" && typeof epoch === "number")
      return {
        incarnation,
        epoch,
        isMoving: isMoving === true,
        stage: isStage(stage) ? stage : undefined,
      };
  }
  throw new StorageError(
    "CORRUPT_DATA",
    `what the ${side} store says of itself for unit "${unit}" (${epochMarks.name}) is damaged; see \`cutover doctor\``,
    { backend: "cutover", nextCommand: "cutover doctor" },
  );
}

/**
 * Tells that both stores are the ones the control store decides about: not empty ones at the same
 * place, those of another folder, or older or newer than what it knows of.
 */
export class StoreEpochs {
  private readonly ports: EpochPorts;

  constructor(ports: EpochPorts) {
    this.ports = ports;
  }

  /** What a store says of a unit; undefined: it does not know of it. */
  async markOf(side: Side, unit: string): Promise<EpochMark | undefined> {
    const value = (await this.ports.replicas[side].states(epochMarks, [unit])).get(unit);
    return value === undefined ? undefined : decode(unit, side, value);
  }

  /** Has a store say that it belongs to this control store, and how far the unit has come. */
  async sign(side: Side, { unit, epoch, stage }: UnitRecord): Promise<void> {
    const incarnation = await this.ports.control.incarnation();
    const value = { incarnation, epoch, isMoving: stage !== "off", stage };
    await this.ports.replicas[side].apply([{ collection: epochMarks, key: unit, value }]);
  }

  /** Signs the store that a change of stage is about to put in charge, unless it is signed. */
  async prepare(before: UnitRecord, to: UnitRecord["stage"]): Promise<void> {
    const { authority } = stages[to];
    const known = await this.markOf(authority, before.unit);
    if (known?.incarnation === (await this.ports.control.incarnation()) && known.isMoving) return;
    await this.sign(authority, { ...before, stage: to });
  }

  /** Brings marks up to a record. What fails is made up for by whoever opens the stores next. */
  async raise(record: UnitRecord): Promise<void> {
    const { authority } = stages[record.stage];
    for (const side of ["old", "new"] as const) {
      const work = side === authority ? this.sign(side, record) : this.raiseOwn(side, record);
      await within(markMs, work).catch(() => undefined);
    }
  }

  /** Only a store that is signed: what lies in another's place is left alone. */
  private async raiseOwn(side: Side, record: UnitRecord): Promise<void> {
    const mark = await this.markOf(side, record.unit);
    if (mark?.incarnation === (await this.ports.control.incarnation()))
      await this.sign(side, record);
  }

  /**
   * Checks the stores of a unit. A mirror that was copied to and is empty now has to be copied to
   * again, which is recorded.
   *
   * @throws StorageError STAGE_REFUSED naming the store; what a store throws
   */
  async check(unit: Unit): Promise<void> {
    await this.ofOneEpoch(unit, async (record) => {
      const { authority, mirror } = stages[record.stage];
      await this.checkStore(authority, record);
      if (mirror !== undefined) await this.checkMirror(mirror, unit, record);
    });
  }

  /** As {@link check}, of the store in charge alone: for what a broken mirror must not be in the way of. */
  async checkAuthority(unit: Unit): Promise<void> {
    await this.ofOneEpoch(unit, async (record) => {
      await this.checkStore(stages[record.stage].authority, record);
    });
  }

  /**
   * As {@link check}, when a process opens the stores of units: trouble of a store that is in charge
   * of nothing is told and does not keep it from opening. Marks that lag behind are brought up.
   */
  async open(
    unit: Unit,
    onMirrorTrouble: (unit: Unit, error: StorageError) => void,
  ): Promise<void> {
    await this.ofOneEpoch(unit, (record) => this.openAt(unit, record, onMirrorTrouble));
  }

  private async openAt(
    unit: Unit,
    record: UnitRecord,
    onMirrorTrouble: (unit: Unit, error: StorageError) => void,
  ): Promise<void> {
    const { authority, mirror } = stages[record.stage];
    const known = await this.checkStore(authority, record);
    const isMoving = record.stage !== "off";
    if (known !== undefined && (known.epoch < record.epoch || known.isMoving !== isMoving))
      await this.sign(authority, record).catch(() => undefined);
    if (mirror === undefined) return;
    try {
      const own = await within(markMs, this.checkMirror(mirror, unit, record));
      if (own !== undefined && own.epoch < record.epoch)
        await within(markMs, this.sign(mirror, record));
    } catch (error) {
      if (!isStorageError(error) || isStorageError(error, "STAGE_REFUSED")) throw error;
      onMirrorTrouble(unit, error);
    }
  }

  /** A unit may go on between a look at its record and one at its stores; then both are looked at again. */
  private async ofOneEpoch(unit: Unit, look: (record: UnitRecord) => Promise<void>): Promise<void> {
    for (;;) {
      const { record } = await this.stored(unit);
      try {
        return await look(record);
      } catch (error) {
        const { record: now } = await this.stored(unit);
        if (!isStorageError(error, "STAGE_REFUSED") || now.epoch === record.epoch) throw error;
      }
    }
  }

  private async stored(unit: Unit): Promise<ReturnType<UnitRegistry["of"]>> {
    const { registry } = this.ports;
    return registry.of(await registry.look(), unit);
  }

  private async checkStore(side: Side, record: UnitRecord): Promise<EpochMark | undefined> {
    const mark = await this.markOf(side, record.unit);
    const isMoving = record.stage !== "off";
    if (mark === undefined && isMoving) throw unmarked(side, record);
    if (mark !== undefined && (isMoving || mark.isMoving)) await this.checkMark(side, record, mark);
    return mark;
  }

  private async checkMirror(
    side: Side,
    unit: Unit,
    record: UnitRecord,
  ): Promise<EpochMark | undefined> {
    const mark = await this.markOf(side, record.unit);
    if (mark?.isMoving === true) await this.checkMark(side, record, mark);
    if (mark !== undefined || !record.backfilled) return mark;
    for (const collection of unit.collections) {
      if ((await this.ports.replicas[side].size(collection)) > 0) throw unmarked(side, record);
    }
    await this.copyAgain(unit);
    return undefined;
  }

  private async checkMark(side: Side, record: UnitRecord, mark: EpochMark): Promise<void> {
    if (mark.incarnation !== (await this.ports.control.incarnation())) throw foreign(side, record);
    if (mark.epoch > record.epoch) throw ahead(side, record, mark.epoch);
  }

  /** Marked first: from then on nothing that the mirror lacks is without a mark. */
  private async copyAgain(unit: Unit): Promise<void> {
    const { control } = this.ports;
    await markWhole(control, unit);
    const { record, revision } = await this.stored(unit);
    if (!record.backfilled) return;
    const value = encodeUnit({ ...record, backfilled: false, verification: undefined });
    const at = new Date().toISOString();
    const details = { epoch: record.epoch, why: "the mirror is empty: it was replaced" };
    await control
      .commit(
        [{ name: recordName(unit.name), revision, value }],
        [{ at, action: "mirror replaced", unit: unit.name, actor: "automatic", details }],
      )
      .catch((error: unknown) => {
        // Somebody else found it at the same time.
        if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
      });
  }
}

function refused(message: string): StorageError {
  return new StorageError("STAGE_REFUSED", message, {
    backend: "cutover",
    nextCommand: "cutover doctor",
  });
}

function nameOf(side: Side, { unit, stage, hop }: UnitRecord): string {
  const kind = side === "old" ? hop.from : hop.to;
  const { authority } = stages[stage];
  const role = authority === side ? "in charge of" : "kept equal for";
  return `the ${side} store (${kind}), which is ${role} unit "${unit}" at ${stage},`;
}

function unmarked(side: Side, record: UnitRecord): StorageError {
  return refused(
    `${nameOf(side, record)} does not know of it: it is an empty one, or another one than was used ` +
      "before. Nothing is read from it or written to it; put the right one back, and see `cutover doctor`",
  );
}

function foreign(side: Side, record: UnitRecord): StorageError {
  return refused(
    `${nameOf(side, record)} was moved by another control store than this one: the control store was ` +
      "deleted or replaced, or the store is one of another folder. Nothing is read or written; put " +
      "back what belongs together, and see `cutover doctor`",
  );
}

function ahead(side: Side, record: UnitRecord, epoch: number): StorageError {
  return refused(
    `${nameOf(side, record)} has come to epoch ${epoch}, and the control store knows of ${record.epoch} ` +
      "only: it was put back from an older backup. Nothing is read or written; put the newest one " +
      "back, and see `cutover doctor`",
  );
}
