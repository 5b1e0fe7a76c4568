import { type FileLock } from "./file-lock.ts";

/**
 * A lock that never locks: everybody is let in at once. Writers then meet at the commit itself
 * and redo on conflict. It shows that safety does not rest on the lock.
 */
export function noLock(): FileLock {
  return {
    acquire: async ({ signal }) => {
      signal?.throwIfAborted();
      return { compromised: false, release: async () => {} };
    },
  };
}
