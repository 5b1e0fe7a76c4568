import { isStorageError, type StorageError } from "@cutover/core";
import {
  Operator,
  type StageAction,
  type StageChange,
  type Unit,
  type VerificationReport,
} from "@cutover/engine";
import type { StorePair } from "./load-pair.ts";

/** What a walk consists of. */
export type WalkStep = StageAction | "backfill" | "verify";

type Act = (operator: Operator, unit: Unit) => Promise<StageChange>;

const acts: Readonly<Record<StageAction, Act>> = {
  start: (operator, unit) => operator.start(unit),
  advance: (operator, unit) => operator.advance(unit),
  switch: (operator, unit) => operator.switch(unit),
  reverse: (operator, unit) => operator.reverse(unit),
  "ramp down": (operator, unit) => operator.rampDown(unit),
  complete: (operator, unit) => operator.complete(unit),
  "step back": (operator, unit) => operator.stepBack(unit),
  cancel: (operator, unit) => operator.cancel(unit),
};

/** A unit that was too busy to be changed in time may be asked again so often. */
const mostAttempts = 5;

/** What nobody adds to is drained in so many rounds, or never. */
const mostRounds = 5;

/** An operator in this process, with stores of its own, who writes down what it cost. */
export class Walker {
  readonly operator: Operator;
  readonly frozenMs: number[] = [];
  readonly reports: VerificationReport[] = [];
  /** Changes that were given up at their deadline; nothing had changed then. */
  readonly tooLate: StorageError[] = [];
  private readonly unit: Unit;

  constructor(pair: StorePair, unit: Unit, switchDeadlineMs: number) {
    const { old, new: successor, control } = pair;
    this.unit = unit;
    this.operator = new Operator({
      old,
      new: successor,
      control,
      units: [unit],
      reverseWindowMs: 0,
      switchDeadlineMs,
    });
  }

  async take(step: WalkStep): Promise<void> {
    if (step === "backfill") await this.operator.backfill(this.unit);
    else if (step === "verify") this.reports.push(await this.operator.verify(this.unit));
    else await this.change(step);
  }

  private async change(action: StageAction): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { frozenMs } = await acts[action](this.operator, this.unit);
        this.frozenMs.push(frozenMs);
        return;
      } catch (error) {
        if (!isStorageError(error, "LOCK_TIMEOUT") || attempt === mostAttempts) throw error;
        this.tooLate.push(error);
      }
    }
  }

  /**
   * Makes the mirror equal. Nobody may be writing, and a change of stage has settled the dead.
   * @returns how many records are still marked
   */
  async drain(): Promise<number> {
    for (let round = 1; ; round++) {
      await this.operator.backfill(this.unit);
      const { dirty } = await this.operator.status(this.unit);
      // Records of a collection that was copied as a whole come in the round after it.
      if (dirty === 0 || round === mostRounds) return dirty;
    }
  }
}
