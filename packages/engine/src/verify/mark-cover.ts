import type { ControlStore } from "@cutover/core";
import { sweepKey } from "../write/write-targets.ts";

/** What of a collection may differ at a moment, because it is marked. */
export interface MarkCover {
  /** Everything. */
  readonly whole: boolean;
  /** Anything at all. */
  readonly isAny: boolean;
  covers(key: string): boolean;
}

const everything: MarkCover = { whole: true, isAny: true, covers: () => true };
const nothing: MarkCover = { whole: false, isAny: false, covers: () => false };

/**
 * Looks up what is marked. Whatever is not marked at that moment is equal on both sides at that
 * moment; a value that was read from the authority before, and again later, and was the same, can
 * then be expected of the mirror in between.
 */
export async function markCover(
  control: ControlStore,
  unit: string,
  collection: string,
): Promise<MarkCover> {
  const { keys, collections } = await control.count(unit);
  if (collections.includes(collection)) return everything;
  if (keys === 0) return nothing;
  const marks = await control.marks(unit, Number.MAX_SAFE_INTEGER);
  const marked = new Set<string>();
  for (const mark of marks) {
    if (mark.collection !== collection) continue;
    const isWhole = mark.key === undefined;
    // A sweep under way may remove any record; one that told what it removed covers nothing.
    const isOpenSweep = mark.key === sweepKey && (mark.writers > 0 || mark.moved);
    if (isWhole || isOpenSweep) return everything;
    if (mark.key !== undefined) marked.add(mark.key);
  }
  return { whole: false, isAny: marked.size > 0, covers: (key) => marked.has(key) };
}
