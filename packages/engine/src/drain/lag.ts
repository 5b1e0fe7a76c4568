import type { DirtyCount } from "@cutover/core";

/**
 * While somebody is writing, the mirror may lag behind by so many records, for so long: a round then
 * takes more at once, and is not in the writers' way.
 */
const most = { keys: 1000, ms: 250 } as const;

/**
 * Whether a round of the drain is better off waiting for what is being written.
 * @param nowMs the present, in milliseconds since 1970
 */
export function mayLag(count: DirtyCount, nowMs: number): boolean {
  const { keys, collections, writing, oldestMs } = count;
  if (writing === 0 || oldestMs === undefined) return false;
  if (keys >= most.keys || collections.length > 0) return false;
  const ageMs = nowMs - oldestMs;
  // A clock that was put back must not put the drain off for as long.
  return ageMs >= 0 && ageMs < most.ms;
}
