import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** Every batch is a commit of its own: each is twice the one before, up to what nobody notices. */
const firstBatch = 500;
const plainBatch = 2000;
/** One that took longer than this is followed by a larger one still: a mirror may rewrite a whole file. */
const slowBatchMs = 30;
const largestBatch = 8000;

/** How much at a time, and how fast, a long copy goes. */
export class Pace {
  private readonly recordsPerSecond: number | undefined;
  private readonly startedMs = performance.now();
  private done = 0;
  private size = firstBatch;

  /** @param recordsPerSecond at most so many; undefined: as fast as it goes */
  constructor(recordsPerSecond?: number) {
    this.recordsPerSecond = recordsPerSecond;
  }

  /** Records the next batch should have. */
  get batchSize(): number {
    const { recordsPerSecond = Infinity } = this;
    // A throttled copy must not come in bursts of many seconds.
    return Math.max(1, Math.min(this.size, Math.ceil(recordsPerSecond / 4)));
  }

  /** Runs one batch, then waits for as long as the rate asks. */
  async batch(records: number, work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const began = performance.now();
    await work();
    const tookMs = performance.now() - began;
    if (this.size < plainBatch || tookMs > slowBatchMs)
      this.size = Math.min(this.size * 2, largestBatch);
    this.done += records;
    // Stores that answer at once would keep everybody else of this process waiting to the end.
    await nextTurn();
    if (this.recordsPerSecond === undefined) return;
    const dueMs = this.startedMs + (this.done / this.recordsPerSecond) * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}
