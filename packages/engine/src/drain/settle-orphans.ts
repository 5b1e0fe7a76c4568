import { isStorageError, type ControlStore } from "@cutover/core";
import { writersLock } from "../write/writer-sections.ts";

/** How long to wait for all writers to be out, so as to settle what dead ones left. */
const settleMs = 500;

/**
 * Waits until nobody is writing to a unit, and takes the marks of writers that died for settled.
 * Writers are held off for as long as that takes.
 * @returns false when the writers were not out in time, and nothing was done
 */
export async function settleOrphans(
  control: ControlStore,
  unit: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const lock = await control.lock(writersLock(unit), "exclusive", {
      timeoutMs: settleMs,
      signal,
    });
    try {
      await control.settleOrphans(unit);
      return true;
    } finally {
      lock.release();
    }
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return false;
    throw error;
  }
}
