import { strict as assert } from "node:assert";
import { onTestFinished } from "vitest";
import { assertEqualStores } from "../../../packages/engine/test/drain/equal-stores.ts";
import type { HistoryEvent } from "../../histories/history-event.ts";
import { loadOperations } from "../../histories/load/load-operation.ts";
import { runLoad } from "../../histories/load/run-load.ts";
import { readHistory } from "../../histories/read-history.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import { freshFolder } from "./fresh-folder.ts";
import { figuresOf } from "./history-figures.ts";
import { collections, unit, type StorePair } from "./load-pair.ts";
import { disorderOf, type WalkHarm } from "./walk-harm.ts";
import { Walker, type WalkStep } from "./walker.ts";

/** From the old store to the new one. */
export const wayThere: readonly WalkStep[] = ["start", "backfill", "advance", "verify", "switch"];

/** Forward, back, forward again and back; what is left is to cancel it. */
export const thereAndBackTwice: readonly WalkStep[] = [
  ...wayThere,
  "ramp down",
  "reverse",
  "verify",
  "switch",
  "reverse",
  "step back",
];

/** What the processes of a walk open, and how it goes. */
export interface BusyWalkOptions extends Omit<CrewOptions, "historyFolder"> {
  /** A switch gives up after so long. */
  readonly deadlineMs: number;
}

/** How often a round is gone, and when somebody dies in it. */
export interface Rounds {
  readonly times: number;
  /** The step of the first round that a process dies in; it is another one each round. */
  readonly firstDeath: number;
}

const noOperations = Object.fromEntries(Object.keys(loadOperations).map((name) => [name, 0]));

/** A pair of stores that a test walks through while several processes go on working in it. */
export class BusyWalk {
  readonly crew: Crew;
  readonly walker: Walker;
  private readonly pair: StorePair;
  private readonly load: CrewOptions;

  constructor(pair: StorePair, { deadlineMs, ...load }: BusyWalkOptions) {
    this.pair = pair;
    this.load = { ...load, historyFolder: freshFolder() };
    this.crew = new Crew(this.load);
    onTestFinished(() => this.crew.killAll());
    this.walker = new Walker(pair, unit, deadlineMs);
  }

  /** Takes one step after the other, and lets everybody work behind each. */
  async take(steps: readonly WalkStep[]): Promise<void> {
    for (const step of steps) {
      await this.walker.take(step);
      await this.crew.advanced(1);
    }
  }

  /** Goes rounds in each of which one process is killed while a step is taken. */
  async goRound(round: readonly WalkStep[], { times, firstDeath }: Rounds): Promise<void> {
    for (let number = 0; number < times; number++) {
      for (const [index, step] of round.entries()) {
        const dies = index === (number * 5 + firstDeath) % round.length;
        await Promise.all([this.walker.take(step), dies ? this.crew.replaceOne() : undefined]);
        await this.crew.advanced(1);
      }
    }
  }

  /**
   * Ends a walk that has been ramped down and that nobody works in. Fails unless both stores hold
   * the same records in the same order.
   */
  async complete(): Promise<void> {
    assert.equal(await this.walker.drain(), 0, "records that are marked for good");
    await assertEqualStores(this.pair.old, this.pair.new, collections);
    await this.walker.take("complete");
  }

  /**
   * Has the last word on every record: what was acknowledged and is not there has no order.
   * @returns the calls of all processes
   */
  async lastWord(): Promise<HistoryEvent[]> {
    const shares = { ...noOperations, find: 1 };
    const { module, argument, historyFolder } = this.load;
    const last = { module, argument, historyFolder, process: "last", seed: 1 };
    await runLoad({ ...last, operations: 20, shares });
    return readHistory(historyFolder);
  }

  /** Tells what all of it came to, when everybody was dismissed. */
  harm(history: readonly HistoryEvent[]): WalkHarm {
    const failures = this.crew.reports.map((report) => report.failures);
    const differences = this.walker.reports.map((report) => report.differences);
    return {
      ...disorderOf(history),
      failures: failures.filter((codes) => Object.keys(codes).length > 0),
      failed: figuresOf(history).failed,
      differences: differences.filter((count) => count !== 0),
    };
  }
}
