import type { NewMark } from "@cutover/core";
import { settleOrphans } from "../drain/settle-orphans.ts";
import type { Unit } from "../unit/unit.ts";
import type { PatientDrain } from "./patient-drain.ts";
import { tooDirty, wasBypassed } from "./refusals.ts";
import type { StagePorts } from "./stage-ports.ts";
import { stages, type Side, type StageStep } from "./stages.ts";

/** Rounds after which a mirror that never gets clean is given up. */
const mostRounds = 1000;
/** Rounds in a row that a writer may keep a mark, which it is still writing for. */
const mostStalls = 10;

/** How a {@link SwitchDrain} behaves. */
export interface SwitchDrainOptions {
  /** A switch does not even begin with more marks than this. */
  readonly mostDirty: number;
  readonly signal: AbortSignal | undefined;
  readonly drain: PatientDrain;
}

/** Makes the mirror equal to the store in charge, so that the two can change places. */
export class SwitchDrain {
  private readonly ports: StagePorts;
  private readonly unit: Unit;
  private readonly options: SwitchDrainOptions;

  constructor(ports: StagePorts, unit: Unit, options: SwitchDrainOptions) {
    this.ports = ports;
    this.unit = unit;
    this.options = options;
  }

  /** Most of what is dirty goes while writers go on. */
  async whileWritersGoOn({ from }: StageStep): Promise<void> {
    const { mirror } = stages[from];
    if (mirror === undefined) return;
    const { mostDirty, signal, drain } = this.options;
    await drain.deadline.wait(this.checkMirror(mirror));
    await drain.deadline.wait(this.adoptForeign(mirror));
    for (let round = 0, stalls = 0; round < mostRounds && stalls < mostStalls; round++) {
      signal?.throwIfAborted();
      const { keys, collections } = await this.ports.control.count(this.unit.name);
      // One round at least: what it takes now, nobody waits for while writers are held off.
      const isClose = collections.length === 0 && keys <= mostDirty;
      if (keys + collections.length === 0 || (isClose && round > 0)) return;
      const { cleared } = await drain.round({ mirror, reconciles: true });
      stalls = cleared === 0 ? stalls + 1 : 0;
      // Settling holds writers off: only where what they left is too much for later.
      if (cleared === 0 && (isClose || !(await this.waitedForWriters()))) break;
    }
    const { keys, collections } = await this.ports.control.count(this.unit.name);
    if (collections.length > 0 || keys > mostDirty) throw tooDirty(this.unit, keys);
  }

  /** One more round before writers are held off. @returns how many marks are gone */
  async before({ from }: StageStep): Promise<number> {
    const { mirror } = stages[from];
    if (mirror === undefined) return 0;
    return (await this.options.drain.round({ mirror, reconciles: false })).cleared;
  }

  /** Nobody writes: all of it goes, and the store in charge becomes the mirror as it is. */
  async toTheEnd({ from, to }: StageStep): Promise<void> {
    const { mirror } = stages[from];
    if (mirror === undefined) return;
    const { drain } = this.options;
    for (;;) {
      const { keys, collections } = await this.ports.control.count(this.unit.name);
      if (keys === 0 && collections.length === 0) break;
      const { refusal } = drain.deadline;
      if (refusal !== undefined) throw refusal;
      await drain.round({ mirror, reconciles: true });
    }
    await this.checkMirror(mirror);
    const next = stages[to].mirror;
    if (next !== undefined) await drain.rememberMirror(next);
  }

  /** What somebody else wrote to the mirror would become the truth, or be lost: neither unasked. */
  private async checkMirror(mirror: Side): Promise<void> {
    const collections = await this.options.drain.inspectMirror(mirror);
    if (collections.length > 0) throw wasBypassed(this.unit, collections);
  }

  /**
   * What somebody else wrote to the store in charge counts, whether or not anybody has read it
   * since. Where it can be written past this library, everything is compared once more.
   */
  private async adoptForeign(mirror: Side): Promise<void> {
    const { control, replicas } = this.ports;
    const source = replicas[mirror === "new" ? "old" : "new"];
    const marks: NewMark[] = [];
    for (const collection of this.unit.collections) {
      if ((await source.stamp(collection)) === undefined) continue;
      marks.push({ collection: collection.name, key: undefined, moved: false });
    }
    if (marks.length > 0) await control.markSettled(this.unit.name, marks);
  }

  /**
   * What could not be cleared because its writer has not ended may be of one that died, or of one
   * that is slow. @returns false where it is no writer that is to be waited for
   */
  private async waitedForWriters(): Promise<boolean> {
    const { control } = this.ports;
    const { writing } = await control.count(this.unit.name);
    if (writing === 0) return false;
    await settleOrphans(control, this.unit.name, this.options.signal);
    return true;
  }
}
