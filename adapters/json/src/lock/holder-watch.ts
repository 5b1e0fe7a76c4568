import { evictLock, lockIdOf } from "./lock-directory.ts";
import { stateOfHolder } from "./lock-holder.ts";

/** A living holder leaves its note some microseconds after making the lock. */
const silenceMs = 300;
/** A holder that lived a moment ago is not looked at again, for that means reading files: so long. */
const trustMs = 50;

/** Locks that this process had, and could not remove when it was done. */
const leftBehind = new Set<string>();

/** Lets this process take over a lock of its own that nobody uses any more. */
export function leaveBehind(lockId: string): void {
  leftBehind.add(lockId);
}

/** Looks, for one who waits, whether the lock belongs to somebody who will never release it. */
export class HolderWatch {
  readonly #path: string;
  #livingId: string | undefined;
  #seenAliveMs = 0;
  #silentId: string | undefined;
  #silentSince = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Removes a dead holder's lock. @returns true if another attempt is worth making at once */
  evicted(): boolean {
    const lockId = lockIdOf(this.#path);
    if (lockId === undefined) return true;
    if (!leftBehind.has(lockId) && !this.#isAbandoned(lockId)) return false;
    try {
      const isEvicted = evictLock(this.#path, lockId);
      leftBehind.delete(lockId);
      return isEvicted;
    } catch (error) {
      // Somebody else was quicker.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
      throw error;
    }
  }

  #isAbandoned(lockId: string): boolean {
    const nowMs = performance.now();
    if (this.#livingId === lockId && nowMs - this.#seenAliveMs < trustMs) return false;
    const state = stateOfHolder(this.#path, lockId);
    this.#livingId = state === "alive" ? lockId : undefined;
    this.#seenAliveMs = nowMs;
    if (state !== "unnoted") return state === "dead";
    if (this.#silentId !== lockId) {
      this.#silentId = lockId;
      this.#silentSince = performance.now();
    }
    return performance.now() - this.#silentSince > silenceMs;
  }
}
