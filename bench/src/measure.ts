import type { Timing } from "./contest.ts";
import { median, quantile, ratioOf, spreadOf } from "./stats.ts";

/** What a figure must be to have met its target. */
export type Target =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  /** A bound of the operation itself in milliseconds, not of its ratio. */
  | { readonly withinMs: number }
  /** Stated for comparison; nothing is promised. */
  | { readonly none: true };

/** Another way to do the same, in proportion to the floor as ours is. */
export interface PeerFigure {
  readonly name: string;
  readonly value: number;
  readonly ratio: number;
  /** 99th percentile of single operations, where there were enough of them. */
  readonly p99?: number;
}

/** The same quantity at several sizes: what the plots of growth are made of. */
export interface GrowthPoint {
  readonly quantity: "get" | "put" | "query" | "open" | "memory";
  readonly records: number;
}

/** One line of the table. */
export interface Measure {
  readonly row: string;
  readonly what: string;
  /** Unit of `floor`, `ours` and the peers' values. */
  readonly unit: "µs" | "ms" | "MB";
  readonly floorName: string;
  readonly floor: number;
  readonly ours: number;
  /** What is held against the target; the median of the rounds' own ratios. */
  readonly ratio: number;
  /** How the ratio is formed. `speed`: floor ÷ ours; `cost`: ours ÷ floor; `difference`: ours − floor. */
  readonly form: "speed" | "cost" | "difference";
  readonly target: Target;
  readonly met: boolean | undefined;
  /** Half the distance between the quartiles of our rounds, relative to their median. */
  readonly spread: number | undefined;
  readonly peers: readonly PeerFigure[];
  /** What can be written by hand for this one table; the first does all that the contract asks. */
  readonly bounds?: readonly PeerFigure[];
  /** 99th percentiles of single operations, where there were enough of them. */
  readonly p99?: { readonly floor: number; readonly ours: number };
  readonly growth?: GrowthPoint;
}

/** Whether a ratio is within its target; undefined where it is not the ratio that counts. */
export function isMet(target: Target, figure: number): boolean | undefined {
  if ("atLeast" in target) return figure >= target.atLeast;
  if ("atMost" in target) return figure <= target.atMost;
  return undefined;
}

/** How to read a contest as one line of the table. */
export interface MeasureOptions {
  readonly row: string;
  readonly what: string;
  readonly unit?: "µs" | "ms";
  readonly form?: "speed" | "cost";
  readonly target: Target;
  /** Which contestant is the floor; default: the first. Ours is the one called so. */
  readonly floor?: string;
  /** Default: `cutover`. */
  readonly ours?: string;
  /** Compare the slowest operations instead of the mean. Default: false. */
  readonly slowest?: boolean;
  /** Leave the others but bounds out, where a line before has them. Default: false. */
  readonly alone?: boolean;
}

/** With fewer operations than this the 99th percentile is the slowest one of all. */
const enoughSingles = 100;

function p99Of({ singles = [] }: Timing, scale: number): number | undefined {
  return singles.length < enoughSingles ? undefined : quantile(singles, 0.99) * scale;
}

function figureOf(timing: Timing, value: number, scale: number): Omit<PeerFigure, "ratio"> {
  const p99 = p99Of(timing, scale);
  return { name: timing.name, value, ...(p99 === undefined ? {} : { p99 }) };
}

function timingOf(timings: readonly Timing[], name: string | undefined): Timing {
  const found = name === undefined ? timings[0] : timings.find((timing) => timing.name === name);
  if (found === undefined) throw new Error(`nobody called ${name ?? "anything"} took part`);
  return found;
}

/** Reads a contest as one line of the table. */
export function measureOf(timings: readonly Timing[], options: MeasureOptions): Measure {
  const { row, what, unit = "µs", form = "speed", target, slowest = false } = options;
  const scale = unit === "ms" ? 0.001 : 1;
  const rounds = (timing: Timing): number[] =>
    (slowest ? timing.slowest : timing.rounds).map((time) => time * scale);
  const floor = timingOf(timings, options.floor);
  const ours = timingOf(timings, options.ours ?? "cutover");
  const floorRounds = rounds(floor);
  const proportion = (timing: Timing): number =>
    form === "speed" ? ratioOf(floorRounds, rounds(timing)) : ratioOf(rounds(timing), floorRounds);
  const figures = (of: readonly Timing[]): PeerFigure[] =>
    of.map((timing) => ({
      ...figureOf(timing, median(rounds(timing)), scale),
      ratio: proportion(timing),
    }));
  const others = timings.filter((timing) => timing !== floor && timing !== ours);
  const bounds = others.filter(({ bound }) => bound === true);
  const peers = others.filter(({ bound }) => bound !== true && options.alone !== true);
  const ratio = proportion(ours);
  const [floorTail, ourTail] = [floor, ours].map((timing) => p99Of(timing, scale));
  const p99 =
    slowest || floorTail === undefined || ourTail === undefined
      ? {}
      : { p99: { floor: floorTail, ours: ourTail } };
  return {
    row,
    what,
    unit,
    floorName: floor.name,
    floor: median(floorRounds),
    ours: median(rounds(ours)),
    ratio,
    form,
    target,
    met: isMet(target, ratio),
    spread: spreadOf(rounds(ours)),
    peers: figures(peers),
    ...(bounds.length === 0 ? {} : { bounds: figures(bounds) }),
    ...p99,
  };
}
