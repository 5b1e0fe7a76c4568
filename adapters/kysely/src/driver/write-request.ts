import {
  StorageError,
  type CallContext,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";

/** What a call waits for: its operations, and the moment at which it gives up. */
export class WriteRequest {
  readonly operations: readonly WriteOperation[];
  readonly context: CallContext;
  readonly settled: Promise<WriteResult[]>;
  readonly resolve: (results: WriteResult[]) => void;
  readonly reject: (error: unknown) => void;
  /** When it gives up, on the clock of `performance.now()`. */
  readonly endMs: number;
  private timer: NodeJS.Timeout | undefined;
  private readonly onAbort = (): void => this.giveUp(this.context.signal?.reason);
  private readonly leave: (request: WriteRequest) => void;

  /** @param leave takes the request off the list of those that wait */
  constructor(
    operations: readonly WriteOperation[],
    context: CallContext,
    leave: (request: WriteRequest) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<WriteResult[]>();
    this.operations = operations;
    this.context = context;
    this.settled = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.leave = leave;
    this.endMs = performance.now() + context.timeoutMs;
    this.wait();
  }

  private wait(): void {
    const { timeoutMs, signal } = this.context;
    const leftMs = this.endMs - performance.now();
    if (Number.isFinite(leftMs)) {
      this.timer = setTimeout(() => this.giveUp(busyFor(timeoutMs)), Math.max(0, leftMs));
    }
    signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  /** Lets a request that was started and came to nothing wait again. @returns false when it gave up */
  waitOn(): boolean {
    const { timeoutMs, signal } = this.context;
    if (signal?.aborted === true) this.reject(signal.reason);
    else if (performance.now() >= this.endMs) this.reject(busyFor(timeoutMs));
    else {
      this.wait();
      return true;
    }
    return false;
  }

  /** From here on the request no longer waits. */
  start(): void {
    clearTimeout(this.timer);
    this.context.signal?.removeEventListener("abort", this.onAbort);
  }

  private giveUp(reason: unknown): void {
    this.start();
    this.leave(this);
    this.reject(reason);
  }
}

/** LOCK_TIMEOUT for somebody who has waited too long. */
export function busyFor(timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the database stayed busy for ${Math.round(timeoutMs)} ms; nothing was changed`,
  );
}
