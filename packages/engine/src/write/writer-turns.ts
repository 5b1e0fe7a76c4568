import { isStorageError, type ControlLock, type ControlStore } from "@cutover/core";

/**
 * The control store's lock that a change of stage holds while it gets near. Writers then go one
 * after another, so that it has to wait for one of them and not for everybody who had begun.
 * A courtesy alone: what keeps writers and changes apart is the writers' lock.
 */
export function announcementLock(unit: string): string {
  return `announced:${unit}`;
}

/** The control store's lock that a writer then shares with nobody, and the change itself asks for. */
export function turnLock(unit: string): string {
  return `turn:${unit}`;
}

/** Writers queue here for one another, so that none of them is before the change at the turn. */
function queueLock(unit: string): string {
  return `queue:${unit}`;
}

async function isAnnounced(control: ControlStore, unit: string): Promise<boolean> {
  try {
    const lock = await control.lock(announcementLock(unit), "shared", { timeoutMs: 0 });
    lock.release();
    return false;
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return true;
    throw error;
  }
}

/** Waits for a turn where a change is announced. @returns undefined where none is */
export async function writerTurn(
  control: ControlStore,
  unit: string,
  signal: AbortSignal,
): Promise<ControlLock | undefined> {
  if (!(await isAnnounced(control, unit))) return undefined;
  const options = { timeoutMs: Infinity, signal };
  const queue = await control.lock(queueLock(unit), "exclusive", options);
  try {
    // Who wants it alone passes those who would share it: the change comes next.
    const turn = await control.lock(turnLock(unit), "shared", options);
    return {
      release: () => {
        turn.release();
        queue.release();
      },
    };
  } catch (error) {
    queue.release();
    throw error;
  }
}
