import { StorageError, type ControlStore } from "@cutover/core";
import { mismatchesOf, mismatchId, writeMismatch } from "./mismatch-book.ts";
import type { Mismatch } from "./mismatch.ts";

/** Who decides, and why. */
export interface Decision {
  /** Kept with the mismatch and in the audit. */
  readonly reason: string;
  /** Default: `operator`. */
  readonly actor?: string;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** @throws StorageError CONFIG_INVALID when there is no such mismatch */
async function known(control: ControlStore, unit: string, id: string): Promise<Mismatch> {
  const mismatch = (await mismatchesOf(control, unit)).find((own) => mismatchId(own) === id);
  if (mismatch !== undefined) return mismatch;
  const nextCommand = `cutover mismatches --unit ${unit}`;
  throw new StorageError(
    "CONFIG_INVALID",
    `unit "${unit}" has no mismatch ${id}; type \`${nextCommand}\` for those it has`,
    { backend: "cutover", nextCommand },
  );
}

/**
 * Decides that a mismatch does not matter, for as long as both sides hold what they hold now.
 *
 * @returns the mismatch as it is now
 * @throws StorageError CONFIG_INVALID when there is no such mismatch, or no reason
 */
export async function ignoreMismatch(
  control: ControlStore,
  unit: string,
  id: string,
  decision: Decision,
): Promise<Mismatch> {
  const { reason, actor = "operator", clock = Date.now } = decision;
  if (reason.trim() === "") {
    throw new StorageError(
      "CONFIG_INVALID",
      'ignoring a mismatch needs a reason, which the log keeps: --reason "…"',
      { backend: "cutover" },
    );
  }
  const mismatch = await known(control, unit, id);
  const ignored: Mismatch = { ...mismatch, state: "ignored", reason };
  await writeMismatch(control, ignored);
  const at = new Date(clock()).toISOString();
  const { collection, key, kind } = mismatch;
  const details = { collection, ...(key === undefined ? {} : { key }), kind, reason };
  await control.commit([], [{ at, action: "ignore", unit, actor, details }]);
  return ignored;
}
