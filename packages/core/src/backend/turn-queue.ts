import { StorageError } from "../errors/storage-error.ts";

/** How long to wait for a turn. */
export interface TurnOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Gives turns to one caller at a time, first come, first served. */
export class TurnQueue {
  private busy = false;
  private readonly waiting: (() => void)[] = [];

  /** True when nobody has a turn. */
  get free(): boolean {
    return !this.busy;
  }

  /**
   * Waits for a turn.
   *
   * @returns a function that ends the turn; calling it again does nothing
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  async take(options: TurnOptions): Promise<() => void> {
    options.signal?.throwIfAborted();
    if (this.busy) await this.wait(options);
    this.busy = true;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.next();
    };
  }

  /** Resolves when nobody has or awaits a turn. */
  async idle(): Promise<void> {
    const end = await this.take({ timeoutMs: Infinity, signal: undefined });
    end();
  }

  private next(): void {
    const grant = this.waiting.shift();
    // `busy` stays true over the hand-over: nobody may slip in before the one who waited.
    if (grant === undefined) this.busy = false;
    else grant();
  }

  private async wait({ timeoutMs, signal }: TurnOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: unknown): void => {
      const index = this.waiting.indexOf(resolve);
      if (index < 0) return;
      this.waiting.splice(index, 1);
      reject(reason);
    };
    const onAbort = (): void => leave(signal?.reason);
    this.waiting.push(resolve);
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => leave(busyFor(timeoutMs)), timeoutMs)
      : undefined;
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function busyFor(timeoutMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the store stayed busy for ${timeoutMs} ms; nothing was changed`,
  );
}
