import { isJsonObject, type ControlStore, type JsonObject, type JsonValue } from "@cutover/core";

/** What became of a unit's sampled reads. */
export interface ShadowCounts {
  /** Reads of which both answers were there to be compared. */
  readonly compared: number;
  readonly same: number;
  /** Differences that stayed when both sides were asked again. */
  readonly different: number;
  /** Not judged: something was being written, or an operator decided to ignore it. */
  readonly skipped: number;
  /** Sampled, and not compared for want of time or room. */
  readonly dropped: number;
  /** The mirror failed or took too long, or a comparator failed. */
  readonly errors: number;
}

/** Nothing counted. */
export const noCounts: ShadowCounts = {
  compared: 0,
  same: 0,
  different: 0,
  skipped: 0,
  dropped: 0,
  errors: 0,
};

const names = ["compared", "same", "different", "skipped", "dropped", "errors"] as const;

/** One of the counts. */
export type ShadowCount = (typeof names)[number];

/** Notes of one unit, at most: of processes that ended long ago the counts are given up. */
const mostNotes = 100;

function topicOf(unit: string): string {
  return `shadow:${unit}`;
}

/** Adds up counts. */
export function sumCounts(all: Iterable<ShadowCounts>): ShadowCounts {
  const sum = { ...noCounts };
  for (const counts of all) {
    for (const name of names) sum[name] += counts[name];
  }
  return sum;
}

function decode(value: JsonObject): ShadowCounts {
  const counts = { ...noCounts };
  for (const name of names) {
    const count = value[name];
    if (typeof count === "number") counts[name] = count;
  }
  return counts;
}

const epochIn = (value: JsonValue): number | undefined =>
  isJsonObject(value) && typeof value["epoch"] === "number" ? value["epoch"] : undefined;

/** What all processes together have counted of a unit under an epoch. */
export async function shadowCountsOf(
  control: ControlStore,
  unit: string,
  epoch: number,
): Promise<ShadowCounts> {
  const notes = await control.notes(topicOf(unit));
  const own = notes.flatMap(({ value }) =>
    isJsonObject(value) && epochIn(value) === epoch ? [decode(value)] : [],
  );
  return sumCounts(own);
}

/** What one process has counted of a unit. */
export interface ProcessCounts {
  /** Identifies the process. */
  readonly process: string;
  readonly unit: string;
  readonly epoch: number;
  readonly counts: ShadowCounts;
}

/** Writes what this process has counted, and removes what was counted under epochs that are over. */
export async function writeCounts(
  control: ControlStore,
  { process, unit, epoch, counts }: ProcessCounts,
): Promise<void> {
  const topic = topicOf(unit);
  await control.note(topic, process, { epoch, ...counts });
  const notes = await control.notes(topic);
  const excess = notes.length - mostNotes;
  const over = notes.filter(
    ({ key, value }, index) => key !== process && (index < excess || (epochIn(value) ?? 0) < epoch),
  );
  for (const { key } of over) await control.note(topic, key, undefined);
}
