import { StorageError } from "../errors/storage-error.ts";

/** A point in time by which a transaction must be over, and a signal that may end it sooner. */
export class Deadline implements Disposable {
  private readonly timeoutMs: number;
  private readonly endMs: number;
  private readonly expired = Promise.withResolvers<never>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly signal: AbortSignal | undefined;
  private over: { readonly reason: unknown } | undefined;
  private readonly onAbort = (): void => this.end(this.signal?.reason);

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs;
    this.endMs = performance.now() + timeoutMs;
    this.signal = signal;
    // Nobody may be racing when it fires.
    this.expired.promise.catch(() => undefined);
    if (Number.isFinite(timeoutMs)) this.timer = setTimeout(() => this.expire(), timeoutMs);
    signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  private expire(): void {
    const what = `the transaction took longer than ${this.timeoutMs} ms and was rolled back`;
    this.end(new StorageError("LOCK_TIMEOUT", what));
  }

  private end(reason: unknown): void {
    this.over ??= { reason };
    this.expired.reject(reason);
  }

  /** @throws StorageError LOCK_TIMEOUT once time is up; the signal's reason */
  check(): void {
    // The timer has its turn late where nothing else lets it.
    if (this.remainingMs() === 0) this.expire();
    if (this.over !== undefined) throw this.over.reason;
  }

  remainingMs(): number {
    return Math.max(0, this.endMs - performance.now());
  }

  /** Settles as `work` does, or rejects when time is up. `work` itself cannot be stopped. */
  async race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.expired.promise]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.signal?.removeEventListener("abort", this.onAbort);
  }
}
