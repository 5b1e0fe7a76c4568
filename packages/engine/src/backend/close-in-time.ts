import { setTimeout as sleep } from "node:timers/promises";

/**
 * Closes, but does not wait for ever: a mirror that hangs may still be in the middle of what it was
 * told, and until that has landed nobody else may tell it anything, so nothing it needs is closed
 * before. What fails after the time is up is nobody's any more.
 */
export async function closeInTime(timeoutMs: number, close: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const closed = close();
  const late = sleep(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined);
  try {
    await Promise.race([closed, late]);
  } finally {
    stop.abort();
    closed.catch(() => undefined);
  }
}
