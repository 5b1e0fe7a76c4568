import { setTimeout as sleep } from "node:timers/promises";
import type { StorageError } from "@cutover/core";
import type { DrainerPorts, Operator, Unit } from "@cutover/engine";
import { formatAmount } from "../output/quantity.ts";

/** What was marked before is waited for no longer than this, in milliseconds. */
const mostWaitMs = 8000;
const lookMs = 50;

/** What {@link UnitDraining} accepts. */
export interface DrainingOptions {
  readonly signal: AbortSignal | undefined;
  /** Told why the work does not begin at once. Default: nobody. */
  readonly onHeld: ((why: string) => void) | undefined;
}

/** Makes the mirror of a unit equal in the background, as an application would if one were running. */
export class UnitDraining {
  /** What the mirror failed with, and has not got over; undefined: nothing. */
  trouble: StorageError | undefined;
  private readonly operator: Operator;
  private readonly unit: Unit;
  private readonly options: DrainingOptions;

  constructor(operator: Operator, unit: Unit, options: DrainingOptions) {
    this.operator = operator;
    this.unit = unit;
    this.options = options;
  }

  /**
   * Runs `work` once what was marked before was made equal, or cannot be, and goes on draining
   * meanwhile.
   *
   * @param work - is handed a function that says that there may be something to drain
   */
  async during<T>(work: (poke: () => void) => Promise<T>): Promise<T> {
    const { Drainer } = await import("@cutover/engine");
    const ports: DrainerPorts = {
      ...this.operator.ports,
      onCount: () => {},
      onTrouble: (_unit, trouble) => this.hear(trouble),
    };
    const drainer = new Drainer(ports);
    try {
      const poke = (): void => drainer.poke(this.unit);
      poke();
      await this.settled();
      return await work(poke);
    } finally {
      await drainer.stop();
    }
  }

  private hear(trouble: StorageError | undefined): void {
    const isNews = trouble !== undefined && trouble.message !== this.trouble?.message;
    this.trouble = trouble;
    if (isNews)
      this.options.onHeld?.(`the second store could not be made equal: ${trouble.message}`);
  }

  /** Waits until nothing is marked that was marked before this began. */
  private async settled(): Promise<void> {
    const { signal, onHeld } = this.options;
    const beganMs = Date.now();
    for (let look = 0; ; look++) {
      const { dirty, dirtySince } = await this.operator.status(this.unit);
      if (dirtySince === undefined || Date.parse(dirtySince) >= beganMs) return;
      if (this.trouble !== undefined || Date.now() - beganMs > mostWaitMs) return;
      if (await this.isBypassed()) return;
      if (look === 10)
        onHeld?.(`${formatAmount(dirty, "record")} marked before are made equal first`);
      await sleep(lookMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** Nothing is drained to a store that somebody else has written to. */
  private async isBypassed(): Promise<boolean> {
    const { blockersOf } = await import("@cutover/engine");
    const { control, clock } = this.operator.ports;
    const record = await this.operator.record(this.unit);
    const blockers = await blockersOf({ control, clock, freshMs: 0 }, record, "reverse");
    return blockers.length > 0;
  }
}
