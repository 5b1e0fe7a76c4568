import { StorageError, type MaybePromise } from "@cutover/core";

/**
 * Waits for an answer, but not for ever. What comes later is let go of.
 * @throws StorageError LOCK_TIMEOUT when it takes too long
 */
export async function within<T>(timeoutMs: number, answer: MaybePromise<T>): Promise<T> {
  if (!(answer instanceof Promise)) return answer;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the store did not answer within ${timeoutMs} ms`;
    late.reject(new StorageError("LOCK_TIMEOUT", message, { backend: "cutover" }));
  }, timeoutMs);
  timer.unref();
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
