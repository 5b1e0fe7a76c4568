import { StorageError } from "@cutover/core";
import type { Stage, StageAction } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";

/** How much is too much. */
export interface ReverseThresholds {
  /** Differences that stayed when they were looked at again. Default: 10. */
  readonly mismatches?: number;
  /** The time in which they were found, in milliseconds. Default: 60,000. */
  readonly withinMs?: number;
}

/** A step back that is asked for; hand its parts to `changeStage`. */
export interface AutomaticStep {
  readonly unit: Unit;
  readonly action: StageAction;
  /** For the audit. */
  readonly reason: string;
  /** Refuses, by throwing STAGE_REFUSED, when somebody has changed the stage since. */
  readonly gate: (record: UnitRecord) => Promise<void>;
  /** What the record is to say after the step. */
  readonly changes: (record: UnitRecord) => Partial<UnitRecord>;
}

/** What {@link AutomaticReverse} accepts. */
export interface AutomaticReverseOptions {
  readonly thresholds?: ReverseThresholds;
  /** No second step sooner after the first, in milliseconds. Default: 60,000. */
  readonly coolDownMs?: number;
  /** Steps without an operator in between. Default: 3. */
  readonly mostInARow?: number;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** The unit's record as it is now. */
  readonly record: (unit: Unit) => Promise<UnitRecord>;
  /** Takes the step. */
  readonly stepBack: (step: AutomaticStep) => Promise<unknown>;
  /** Told of steps that failed, and of those that were due and not taken. Default: nothing. */
  readonly onRefused?: (unit: Unit, reason: unknown) => void;
}

/** Why a step that is due is not taken. */
export type Restraint = "no way back" | "stage changed" | "cooling down" | "too many in a row";

const defaults = { mismatches: 10, withinMs: 60_000, coolDownMs: 60_000, mostInARow: 3 } as const;

/** The way back from each stage in which reads are compared. From the others nothing is done. */
const wayBack: Readonly<Partial<Record<Stage, StageAction>>> = {
  live: "reverse",
  rampdown: "reverse",
  shadow: "step back",
};

interface Window {
  readonly epoch: number;
  readonly seenMs: number[];
  step: Promise<void> | undefined;
}

/**
 * Takes a unit one step back when too many of its reads are answered differently by its two stores.
 * What decides between processes is in the unit's record: after one has taken a step, the others
 * count anew. It never goes on by itself, and after a few steps it leaves the rest to an operator.
 */
export class AutomaticReverse {
  private readonly options: AutomaticReverseOptions;
  private readonly mismatches: number;
  private readonly withinMs: number;
  private readonly clock: () => number;
  private readonly windows = new Map<string, Window>();

  constructor(options: AutomaticReverseOptions) {
    this.options = options;
    this.mismatches = options.thresholds?.mismatches ?? defaults.mismatches;
    this.withinMs = options.thresholds?.withinMs ?? defaults.withinMs;
    this.clock = options.clock ?? Date.now;
  }

  /**
   * Hears of a difference under an epoch. Never rejects.
   * @returns when the step that it led to, if any, was taken or failed
   */
  async saw(unit: Unit, epoch: number): Promise<void> {
    const window = this.windowOf(unit, epoch);
    if (window === undefined) return;
    const nowMs = this.clock();
    const { seenMs } = window;
    seenMs.push(nowMs);
    while (seenMs.length > this.mismatches) seenMs.shift();
    const [oldestMs = nowMs] = seenMs;
    if (seenMs.length < this.mismatches || nowMs - oldestMs > this.withinMs) return;
    window.step ??= this.act(unit, window).finally(() => (window.step = undefined));
    await window.step;
  }

  /** Undefined for a difference that was found under an epoch that is over. */
  private windowOf({ name }: Unit, epoch: number): Window | undefined {
    const window = this.windows.get(name);
    if (window !== undefined && window.epoch > epoch) return undefined;
    if (window?.epoch === epoch) return window;
    const fresh: Window = { epoch, seenMs: [], step: undefined };
    this.windows.set(name, fresh);
    return fresh;
  }

  private async act(unit: Unit, { epoch, seenMs }: Window): Promise<void> {
    const { record, stepBack, onRefused } = this.options;
    try {
      const now = await record(unit);
      const restraint = this.restraint(now, epoch);
      const action = wayBack[now.stage];
      if (restraint !== undefined || action === undefined) {
        onRefused?.(unit, restraint ?? "no way back");
        return;
      }
      const seconds = Math.ceil((this.clock() - (seenMs[0] ?? 0)) / 1000);
      const reason = `${seenMs.length} reads differed within ${seconds} s`;
      await stepBack({
        unit,
        action,
        reason,
        gate: async (current) => this.checkSame(current, epoch),
        changes: (current) => this.changes(current),
      });
      seenMs.length = 0;
    } catch (error) {
      onRefused?.(unit, error);
    }
  }

  private restraint({ stage, epoch, automatic }: UnitRecord, own: number): Restraint | undefined {
    const { coolDownMs = defaults.coolDownMs, mostInARow = defaults.mostInARow } = this.options;
    if (epoch !== own) return "stage changed";
    if (wayBack[stage] === undefined) return "no way back";
    if (automatic === undefined) return undefined;
    if (automatic.count >= mostInARow) return "too many in a row";
    const sinceMs = this.clock() - Date.parse(automatic.at);
    // A clock that went back must not shorten the pause.
    return sinceMs < coolDownMs ? "cooling down" : undefined;
  }

  private checkSame({ unit, stage, epoch }: UnitRecord, own: number): void {
    if (epoch === own) return;
    throw new StorageError(
      "STAGE_REFUSED",
      `unit "${unit}" came to ${stage} (epoch ${epoch}) meanwhile; no automatic step is taken`,
      { backend: "cutover", nextCommand: "cutover status" },
    );
  }

  /** What was compared, and promised, under the stage that is left does not hold any more. */
  private changes({ automatic }: UnitRecord): Partial<UnitRecord> {
    const at = new Date(this.clock()).toISOString();
    const count = (automatic?.count ?? 0) + 1;
    return { automatic: { count, at }, verification: undefined, reverseUntil: undefined };
  }
}
