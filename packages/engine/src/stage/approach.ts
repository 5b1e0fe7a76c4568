import { setTimeout as sleep } from "node:timers/promises";
import { isStorageError, type ControlLock, type ControlStore } from "@cutover/core";
import type { RoundResult } from "../drain/unit-drain.ts";
import { announcementLock, turnLock } from "../write/writer-turns.ts";

/** Writers go one after another for no longer than this before a change goes on anyway. Milliseconds. */
const approachMs = 1000;
/** How soon, and how often, it is looked whether those have ended who had begun before. */
const looksWanted = { everyMs: 3, inARow: 3 } as const;
/** How long a change waits for its turn among the writers before it holds them off regardless. Milliseconds. */
const turnMs = 500;

/** What {@link announced} works with. */
export interface ApproachParts {
  readonly control: ControlStore;
  readonly unit: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Drains what is marked by now. */
  readonly round: () => Promise<RoundResult>;
}

/**
 * Runs a change of stage at a moment when it has to hold writers off for as short as possible:
 * nobody is writing, and hardly anything is left to drain. Until then writers go on, one after
 * another.
 *
 * @throws what the round and the change throw; StorageError LOCK_TIMEOUT where another change is
 *   announced for longer than the deadline
 */
export async function announced<T>(parts: ApproachParts, change: () => Promise<T>): Promise<T> {
  const { control, unit, deadlineMs: timeoutMs, signal } = parts;
  const notice = await control.lock(announcementLock(unit), "exclusive", { timeoutMs, signal });
  try {
    await approach(parts);
    const turn = await ownTurn(parts);
    try {
      return await change();
    } finally {
      turn?.release();
    }
  } finally {
    notice.release();
  }
}

/** Drains until those who began before the announcement have ended, and hardly anything is left. */
async function approach({ control, unit, round }: ApproachParts): Promise<void> {
  const latestMs = performance.now() + approachMs;
  let looks = 0;
  while (looks < looksWanted.inARow && performance.now() < latestMs) {
    const { writing } = await control.count(unit);
    looks = writing <= 1 ? looks + 1 : 0;
    const { cleared } = await round();
    if (cleared === 0) await sleep(looksWanted.everyMs);
  }
}

/** The change does not depend on it: in doubt it waits for the writers' lock as anybody else. */
async function ownTurn(parts: ApproachParts): Promise<ControlLock | undefined> {
  const { control, unit, deadlineMs, signal } = parts;
  const timeoutMs = Math.min(turnMs, deadlineMs);
  try {
    return await control.lock(turnLock(unit), "exclusive", { timeoutMs, signal });
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return undefined;
    throw error;
  }
}
