import { StorageError, type LockMode, type LockOptions, type TurnQueue } from "@cutover/core";

/** How long somebody still waits for a lock, and what ends it sooner. */
export class LockDeadline {
  readonly what: string;
  private readonly own: AbortSignal | undefined;
  private readonly closing: AbortSignal;
  private either: AbortSignal | undefined;
  private readonly timeoutMs: number;
  private readonly endMs: number;

  constructor(
    name: string,
    mode: LockMode,
    { timeoutMs, signal }: LockOptions,
    closing: AbortSignal,
  ) {
    this.what = `the ${mode} lock "${name}"`;
    this.timeoutMs = timeoutMs;
    this.endMs = performance.now() + timeoutMs;
    this.own = signal;
    this.closing = closing;
  }

  /** Ends the waiting: the caller's own signal, or the store's closing. Made for those who wait. */
  get signal(): AbortSignal {
    this.either ??=
      this.own === undefined ? this.closing : AbortSignal.any([this.own, this.closing]);
    return this.either;
  }

  /** @throws the signal's reason */
  throwIfAborted(): void {
    this.own?.throwIfAborted();
    this.closing.throwIfAborted();
  }

  get remainingMs(): number {
    return this.timeoutMs <= 0 ? 0 : Math.max(0, this.endMs - performance.now());
  }

  /** @throws StorageError LOCK_TIMEOUT; the signal's reason */
  check(): void {
    this.throwIfAborted();
    if (this.remainingMs <= 0) throw this.expired();
  }

  async turn(turns: TurnQueue): Promise<() => void> {
    const { signal, remainingMs: timeoutMs } = this;
    try {
      return await turns.take({ timeoutMs, signal });
    } catch (error) {
      this.throwIfAborted();
      throw this.expired(error);
    }
  }

  /**
   * Waits for something no longer than this allows.
   *
   * @param undo is handed what comes too late
   */
  async within<T>(work: Promise<T>, undo: (late: T) => void): Promise<T> {
    const over = Promise.withResolvers<never>();
    const onAbort = (): void => over.reject(this.signal.reason);
    const { remainingMs, signal } = this;
    const timer = Number.isFinite(remainingMs)
      ? setTimeout(() => over.reject(this.expired()), remainingMs)
      : undefined;
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.throwIfAborted();
      return await Promise.race([work, over.promise]);
    } catch (error) {
      // Where it was the work that failed there is nothing to undo.
      work.then(undo, () => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  private expired(cause?: unknown): StorageError {
    const message = `${this.what} was not to be had for ${this.timeoutMs} ms; nothing was changed`;
    return new StorageError("LOCK_TIMEOUT", message, { cause });
  }
}
