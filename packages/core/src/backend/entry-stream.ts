/**
 * Hands out one by one what comes in batches. What is there already is handed out without waiting
 * for anything, which an async generator would do for every single one.
 */
export class EntryStream<T> implements AsyncIterableIterator<T> {
  private readonly batches: AsyncGenerator<readonly T[], void>;
  private readonly signal: AbortSignal | undefined;
  private batch: readonly T[] = [];
  private at = 0;
  /** Calls that wait, each for the one before it. */
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** @param signal refuses what is still to be handed out once it is aborted */
  constructor(batches: AsyncGenerator<readonly T[], void>, signal: AbortSignal | undefined) {
    this.batches = batches;
    this.signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.waiting === 0 && this.signal?.aborted !== true ? this.take() : undefined;
    return value === undefined
      ? this.inTurn(() => this.following())
      : Promise.resolve({ done: false, value });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    return this.inTurn(() => this.end());
  }

  private take(): T | undefined {
    const value = this.batch[this.at];
    if (value !== undefined) this.at++;
    return value;
  }

  private async following(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.signal?.aborted === true) await this.abort(this.signal);
      const value = this.take();
      if (value !== undefined) return { done: false, value };
      const next = await this.batches.next();
      if (next.done === true) return { done: true, value: undefined };
      this.batch = next.value;
      this.at = 0;
    }
  }

  /** A stream that has ended is not refused any more. */
  private async abort(signal: AbortSignal): Promise<void> {
    const left = this.at < this.batch.length;
    if (!left) return;
    await this.end();
    signal.throwIfAborted();
  }

  private async end(): Promise<IteratorResult<T, undefined>> {
    this.batch = [];
    await this.batches.return();
    return { done: true, value: undefined };
  }

  private async inTurn<R>(work: () => Promise<R>): Promise<R> {
    this.waiting++;
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting--;
    }
  }
}
