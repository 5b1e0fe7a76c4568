import type { KeyedValue } from "@cutover/core";

/** Takes the records of a stream one by one. */
export class EntryReader {
  private readonly batches: AsyncIterator<readonly KeyedValue[]>;
  private batch: readonly KeyedValue[] = [];
  private at = 0;

  constructor(stream: AsyncIterable<readonly KeyedValue[]>) {
    this.batches = stream[Symbol.asyncIterator]();
  }

  /** @returns undefined at the end */
  async next(): Promise<KeyedValue | undefined> {
    while (this.at >= this.batch.length) {
      const { done, value } = await this.batches.next();
      if (done === true) return undefined;
      this.batch = value;
      this.at = 0;
    }
    return this.batch[this.at++];
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.batches.return?.();
  }
}
