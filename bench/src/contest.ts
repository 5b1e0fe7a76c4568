import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { quantile } from "./stats.ts";

/** Somebody who does the same operation in another way. */
export interface Contestant {
  readonly name: string;
  /** Does the operation once. A promise is awaited before the next operation begins. */
  readonly operation: (index: number) => unknown;
  /** Whether `operation` promises. A synchronous one is not awaited, so as not to pay for it. */
  readonly asynchronous: boolean;
  /** Operations a turn. Default: those of the contest. Set it for those who are far slower. */
  readonly operations?: number;
  /** Nothing one would use: written by hand, it shows what is within reach. Default: false. */
  readonly bound?: boolean;
  /** Puts the store back into its first state before a turn; not measured. */
  readonly prepare?: () => unknown;
}

/** A contestant written by hand, which is no more than a bound of what is within reach. */
export function boundOf(name: string, operation: Contestant["operation"]): Contestant {
  return { name, bound: true, asynchronous: true, operation };
}

/** What a contest takes. */
export interface ContestOptions {
  readonly rounds: number;
  /** Operations a turn. */
  readonly operations: number;
  /** Time every operation by itself too, for the slowest ones. Default: false. */
  readonly latencies?: boolean;
}

/** What one contestant took, round by round, in microseconds. */
export interface Timing {
  readonly name: string;
  /** Whether it only shows what is within reach. */
  readonly bound?: boolean;
  /** Mean of one operation. */
  readonly rounds: number[];
  /** 99th percentile of single operations; empty unless asked for. */
  readonly slowest: number[];
  /** Single operations of all rounds, where timing each does not change what is timed. */
  readonly singles?: readonly number[];
}

const microsecondsPerMs = 1000;
/**
 * Operations that take this long while all is cold, in microseconds, can be timed one by one: the
 * clock takes 0.1.
 */
const slowEnough = 100;

async function timeTurn(contestant: Contestant, from: number, count: number): Promise<number> {
  const { operation } = contestant;
  const start = performance.now();
  if (contestant.asynchronous) {
    for (let index = from; index < from + count; index++) await operation(index);
  } else {
    for (let index = from; index < from + count; index++) operation(index);
  }
  return ((performance.now() - start) * microsecondsPerMs) / count;
}

async function timeEach(contestant: Contestant, from: number, count: number): Promise<number[]> {
  const { operation, asynchronous } = contestant;
  const times: number[] = [];
  for (let index = from; index < from + count; index++) {
    const start = performance.now();
    if (asynchronous) await operation(index);
    else operation(index);
    times.push((performance.now() - start) * microsecondsPerMs);
  }
  return times;
}

interface Standing {
  readonly contestant: Contestant;
  readonly timing: Timing;
  singles: number[] | undefined;
  readonly count: number;
  /** Operations done so far: no two operations of a contestant have the same index. */
  done: number;
}

async function turn(standing: Standing, latencies: boolean): Promise<void> {
  const { contestant, timing, count } = standing;
  await contestant.prepare?.();
  // What one contestant left behind is not for the next one to clear; a full collection would take
  // longer than most turns.
  globalThis.gc?.({ type: "minor" });
  // What the collector put off to the next turn of the event loop is nobody's work in particular.
  await turnOfTheLoop();
  if (standing.singles === undefined) {
    timing.rounds.push(await timeTurn(contestant, standing.done, count));
  } else {
    const times = await timeEach(contestant, standing.done, count);
    timing.rounds.push(times.reduce((sum, time) => sum + time, 0) / count);
    standing.singles.push(...times);
  }
  standing.done += count;
  if (!latencies) return;
  await contestant.prepare?.();
  timing.slowest.push(quantile(await timeEach(contestant, standing.done, count), 0.99));
  standing.done += count;
}

/** The contestants, beginning with another one each round. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

/**
 * Lets all contestants have their turn, round after round, so that whatever else the machine does
 * hits all of them alike. The first round warms up and does not count.
 */
export async function contest(
  contestants: readonly Contestant[],
  options: ContestOptions,
): Promise<Timing[]> {
  const standings = contestants.map((contestant): Standing => ({
    contestant,
    timing: { name: contestant.name, bound: contestant.bound === true, rounds: [], slowest: [] },
    singles: undefined,
    count: contestant.operations ?? options.operations,
    done: 0,
  }));
  for (const standing of standings) {
    await standing.contestant.prepare?.();
    const took = await timeTurn(standing.contestant, 0, standing.count);
    if (took >= slowEnough && options.latencies !== true) standing.singles = [];
    standing.done = standing.count;
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const standing of rotated(standings, round)) {
      await turn(standing, options.latencies ?? false);
    }
  }
  return standings.map(({ timing, singles }) =>
    singles === undefined ? timing : { ...timing, singles },
  );
}
