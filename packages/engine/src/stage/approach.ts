import { setTimeout as sleep } from "node:timers/promises";
import type { ControlStore } from "@cutover/core";
import { announcementLock, turnLock } from "../write/writer-turns.ts";

/** How soon, and how often, it is looked whether those have ended who had begun before. */
const looksWanted = { everyMs: 3, inARow: 3 } as const;

/** What {@link announced} works with. */
export interface ApproachParts {
  readonly control: ControlStore;
  readonly unit: string;
  /** Those who are writing are waited for no longer than this, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Drains what is marked by now, and tells how many marks are gone. */
  readonly round: () => Promise<number>;
}

/**
 * Runs a change of stage at a moment when it has to hold writers off for as short as possible:
 * nobody is writing, and hardly anything is left to drain. Until then writers go on, one after
 * another.
 *
 * @throws what the round and the change throw; StorageError LOCK_TIMEOUT where another change, or a
 *   writer, is in the way for longer than the deadline
 */
export async function announced<T>(parts: ApproachParts, change: () => Promise<T>): Promise<T> {
  const { control, unit, deadlineMs: timeoutMs, signal } = parts;
  const notice = await control.lock(announcementLock(unit), "exclusive", { timeoutMs, signal });
  try {
    await approach(parts);
    const turn = await control.lock(turnLock(unit), "exclusive", { timeoutMs, signal });
    try {
      return await change();
    } finally {
      turn.release();
    }
  } finally {
    notice.release();
  }
}

/** Drains until those who began before the announcement have ended, and hardly anything is left. */
async function approach({ control, unit, deadlineMs, round }: ApproachParts): Promise<void> {
  const latestMs = performance.now() + deadlineMs;
  let looks = 0;
  while (looks < looksWanted.inARow && performance.now() < latestMs) {
    const { writing } = await control.count(unit);
    looks = writing <= 1 ? looks + 1 : 0;
    if ((await round()) === 0) await sleep(looksWanted.everyMs);
  }
}
