import { forgetStamp } from "../drain/mirror-stamp.ts";
import { PatientDrain } from "../stage/patient-drain.ts";
import { stages } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import { markWhole } from "../unit/whole-marks.ts";
import { markCover, type MarkCover } from "../verify/mark-cover.ts";
import { defaultPatience, pauseBefore } from "../verify/patience.ts";
import { comparableSides } from "../verify/sides.ts";
import { adoptRecord } from "./adopt-record.ts";
import { isOpen, mismatchesNotKept, mismatchesOf } from "./mismatch-book.ts";
import type { LeftMismatch, RepairOptions, RepairPorts } from "./repair-options.ts";
import type { RepairStep } from "./repair-plan.ts";

/** Rounds of the drain after which those left are given up. */
const mostRounds = 1000;

/** What a {@link RepairWork} goes by. */
export interface RepairWorkOptions extends RepairOptions {
  /** Collections whose mirror somebody else has written to. */
  readonly bypassed: ReadonlySet<string>;
}

/** What came of the steps of a repair. */
export interface RepairOutcome {
  /** Steps whose result is to be looked at. */
  readonly done: readonly RepairStep[];
  readonly left: readonly LeftMismatch[];
}

/**
 * Carries the steps of a repair out. Whoever runs it holds the unit's drain lock: nobody else
 * changes the mirror, or the stage, meanwhile.
 */
export class RepairWork {
  private readonly ports: RepairPorts;
  private readonly unit: Unit;
  private readonly options: RepairWorkOptions;
  private readonly done: RepairStep[] = [];
  private readonly left: LeftMismatch[] = [];
  private readonly covers = new Map<string, MarkCover>();
  private readonly patient: PatientDrain;

  constructor(ports: RepairPorts, unit: Unit, options: RepairWorkOptions) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
    const { timeoutMs: mostSilentMs = 30_000, signal } = options;
    this.patient = new PatientDrain(ports, unit, { mostSilentMs, signal });
  }

  /** Settles when what the mirror was told last has landed; undefined when nothing is under way. */
  get landing(): Promise<unknown> | undefined {
    return this.patient.landing;
  }

  /** @throws StorageError STAGE_REFUSED as `verifyUnit` does; what a store throws */
  async run(steps: readonly RepairStep[]): Promise<RepairOutcome> {
    const { registry, replicas } = this.ports;
    const { record } = registry.of(await registry.look(), this.unit);
    comparableSides(record, replicas);
    for (const step of steps) {
      const why = await this.prepare(record, step);
      if (why === undefined) this.done.push(step);
      else this.left.push({ mismatch: step.mismatch, why });
    }
    await this.markCopies();
    const decided = await this.decided();
    if (this.options.discard === true) await markWhole(this.ports.control, this.unit, decided);
    // Marked before: what a crash leaves half done is known.
    for (const name of decided)
      await forgetStamp({ control: this.ports.control, unit: this.unit.name }, name);
    await this.drain(record, decided);
    return { done: this.done, left: this.left };
  }

  /** @returns why nothing is done about it */
  private async prepare(record: UnitRecord, step: RepairStep): Promise<string | undefined> {
    const { action, mismatch } = step;
    if (action === "decide")
      return "somebody else wrote it to the mirror: decide with --discard or --adopt";
    if (action !== "adopt") return undefined;
    const { key, collection } = mismatch;
    const cover = await this.coverBefore(collection);
    // Written through this library since: that is newer, and on its way to the mirror.
    if (key !== undefined && cover.covers(key)) return undefined;
    return adoptRecord(this.ports, this.unit, record, mismatch);
  }

  /** What of a collection was marked when the repair began: its own writes mark more. */
  private async coverBefore(collection: string): Promise<MarkCover> {
    const known = this.covers.get(collection);
    if (known !== undefined) return known;
    const cover = await markCover(this.ports.control, this.unit.name, collection);
    this.covers.set(collection, cover);
    return cover;
  }

  private async markCopies(): Promise<void> {
    const copies = this.done.filter(({ action }) => action === "copy" || action === "reconcile");
    const marks = copies.map(({ mismatch: { collection, key } }) => ({
      collection,
      key,
      // Whatever it was found to be, it may lie in another place as well.
      moved: key !== undefined,
    }));
    if (marks.length > 0) await this.ports.control.markSettled(this.unit.name, marks);
  }

  /** Bypassed collections of which nothing is left to be decided: their mirror can be drained again. */
  private async decided(): Promise<readonly string[]> {
    const { discard = false, adopt = false, only = () => true, bypassed } = this.options;
    if (!discard && !adopt) return [];
    const { control } = this.ports;
    const unit = this.unit.name;
    // Differences that nobody wrote down can be copied over, but not taken over one by one.
    if (adopt && (await mismatchesNotKept(control, unit)) > 0) return [];
    const undecided = new Set(this.left.map(({ mismatch }) => mismatch.collection));
    for (const mismatch of await mismatchesOf(control, unit)) {
      if (isOpen(mismatch) && !only(mismatch)) undecided.add(mismatch.collection);
    }
    return [...bypassed].filter((name) => !undecided.has(name));
  }

  private async drain({ stage }: UnitRecord, decided: readonly string[]): Promise<void> {
    const { mirror } = stages[stage];
    const { signal, patience = defaultPatience } = this.options;
    if (mirror === undefined) return;
    let idle = 0;
    for (let round = 0; round < mostRounds && idle < patience.looks; round++) {
      if (!(await this.isMarked(decided))) return;
      await pauseBefore(idle, patience, signal);
      const { cleared } = await this.patient.round({ mirror, reconciles: true, signal });
      idle = cleared === 0 ? idle + 1 : 0;
    }
  }

  private async isMarked(decided: readonly string[]): Promise<boolean> {
    const { control } = this.ports;
    const names = new Set([...decided, ...this.done.map(({ mismatch }) => mismatch.collection)]);
    for (const name of names) {
      const cover = await markCover(control, this.unit.name, name);
      if (cover.whole) return true;
      const own = this.done.filter(({ mismatch }) => mismatch.collection === name);
      if (own.some(({ mismatch: { key } }) => key !== undefined && cover.covers(key))) return true;
    }
    return false;
  }
}
