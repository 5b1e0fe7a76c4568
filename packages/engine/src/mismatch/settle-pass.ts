import type { ControlStore } from "@cutover/core";
import {
  countNotKept,
  mismatchesOf,
  mismatchId,
  mismatchOf,
  mostMismatches,
  removeMismatch,
  writeMismatch,
} from "./mismatch-book.ts";
import type { Finding } from "./mismatch.ts";

/** What a whole comparison of a unit has to say to the mismatch book. */
export interface PassResult {
  readonly unit: string;
  /** When it began and ended. ISO 8601, UTC. */
  readonly began: string;
  readonly at: string;
  /** Differences found, as many as were kept. */
  readonly findings: readonly Finding[];
  /** All differences, kept or not. */
  readonly differences: number;
  /** Ids of recorded mismatches that are still there, or of which nothing can be said. */
  readonly standing: ReadonlySet<string>;
}

/** Notes written at once. */
const batch = 100;

/** Brings the mismatch book up to what a whole comparison has found. */
export async function settlePass(control: ControlStore, result: PassResult): Promise<void> {
  const { unit, began, at, findings, differences, standing } = result;
  const known = new Map(
    (await mismatchesOf(control, unit)).map((mismatch) => [mismatchId(mismatch), mismatch]),
  );
  const writes: (() => Promise<void>)[] = [];
  for (const [id, mismatch] of known) {
    // What a shadow read has found since the pass began was not looked at by it.
    if (standing.has(id) || mismatch.lastSeen > began) continue;
    known.delete(id);
    writes.push(() => removeMismatch(control, mismatch));
  }
  let kept = known.size;
  let written = 0;
  for (const finding of findings) {
    const before = known.get(mismatchId(finding));
    if (before === undefined && kept++ >= mostMismatches) continue;
    written++;
    writes.push(() => writeMismatch(control, mismatchOf(unit, finding, { known: before, at })));
  }
  for (let start = 0; start < writes.length; start += batch)
    await Promise.all(writes.slice(start, start + batch).map((write) => write()));
  await countNotKept(control, unit, differences - written);
}
