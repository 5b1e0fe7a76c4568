import { StorageError } from "../errors/storage-error.ts";
import type { ControlLock, LockMode, LockOptions } from "./control-store.ts";

interface Waiter {
  readonly mode: LockMode;
  grant(lock: ControlLock): void;
  leave(reason: unknown): void;
}

/** One lock: first come, first served, and those who share come together. */
class MemoryLock {
  private sharing = 0;
  private exclusive = false;
  private readonly waiting: Waiter[] = [];

  async lock(mode: LockMode, options: LockOptions, what: string): Promise<ControlLock> {
    options.signal?.throwIfAborted();
    if (this.waiting.length === 0 && this.isOpenTo(mode)) return this.hold(mode);
    if (options.timeoutMs <= 0) throw expired(what, options.timeoutMs);
    return this.wait(mode, options, what);
  }

  turnAway(reason: unknown): void {
    // From the back, so that nobody is granted what those before leave.
    for (const waiter of this.waiting.toReversed()) waiter.leave(reason);
  }

  private isOpenTo(mode: LockMode): boolean {
    return !this.exclusive && (mode === "shared" || this.sharing === 0);
  }

  private hold(mode: LockMode): ControlLock {
    if (mode === "shared") this.sharing++;
    else this.exclusive = true;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        if (mode === "shared") this.sharing--;
        else this.exclusive = false;
        this.grantNext();
      },
    };
  }

  private grantNext(): void {
    for (;;) {
      const [first] = this.waiting;
      if (first === undefined || !this.isOpenTo(first.mode)) return;
      this.waiting.shift();
      first.grant(this.hold(first.mode));
    }
  }

  private async wait(
    mode: LockMode,
    { timeoutMs, signal }: LockOptions,
    what: string,
  ): Promise<ControlLock> {
    const { promise, resolve, reject } = Promise.withResolvers<ControlLock>();
    const leave = (reason: unknown): void => {
      const index = this.waiting.indexOf(waiter);
      if (index < 0) return;
      this.waiting.splice(index, 1);
      reject(reason);
      // Those behind may have waited for this one alone.
      this.grantNext();
    };
    const waiter = { mode, grant: resolve, leave };
    const onAbort = (): void => leave(signal?.reason);
    this.waiting.push(waiter);
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => leave(expired(what, timeoutMs)), timeoutMs)
      : undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function expired(what: string, timeoutMs: number): StorageError {
  const message = `${what} was not to be had for ${timeoutMs} ms; nothing was changed`;
  return new StorageError("LOCK_TIMEOUT", message);
}

/** Locks of one process, by name. */
export class MemoryLocks {
  private readonly locks = new Map<string, MemoryLock>();

  lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    let lock = this.locks.get(name);
    if (lock === undefined) {
      lock = new MemoryLock();
      this.locks.set(name, lock);
    }
    return lock.lock(mode, options, `the ${mode} lock "${name}"`);
  }

  /** Turns those away who wait. */
  turnAway(reason: unknown): void {
    for (const lock of this.locks.values()) lock.turnAway(reason);
  }
}
