/** How long to queue for a lock. */
export interface AcquireOptions {
  /** Milliseconds until LOCK_TIMEOUT. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A turn in the queue. */
export interface HeldLock {
  /** True once somebody else has taken the lock over; the work may go on, its commit decides. */
  readonly compromised: boolean;
  /**
   * Gives the turn back. Never removes a lock that is somebody else's by now; may be called twice.
   * It does not fail: the work is done by then. A lock that cannot be removed is taken over later.
   */
  release(): Promise<void>;
}

/**
 * The queue of writers. It makes conflicts rare and is never what makes a commit safe: every
 * implementation may, in bad luck, let two writers in at once.
 */
export interface FileLock {
  /**
   * Waits for a turn.
   * @returns the lock, to be released by the caller
   * @throws StorageError LOCK_TIMEOUT after the deadline, DISK_FULL or IO_FAILED if the lock cannot be made;
   *   rethrows `signal.reason` when aborted
   */
  acquire(options: AcquireOptions): Promise<HeldLock>;
}
