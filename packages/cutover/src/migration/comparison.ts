import { type JsonValue, StorageError, versionOf } from "@cutover/core";
import { equalValues } from "./equal-values.ts";
import { OrderRuns } from "./order-runs.ts";

/** A record of one side. */
export interface ComparedEntry {
  readonly key: string;
  readonly value: JsonValue;
}

/** A side: its records in order, in batches. */
export type EntryBatches = AsyncIterable<readonly ComparedEntry[]>;

/** How a record differs. Seen from the file: `missing` is in the file only, `extra` in the database only. */
export type DifferenceKind = "missing" | "extra" | "changed" | "moved";

/** One difference; names the key, never a value. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly collection: string;
  readonly key: string;
  /** With `moved`: so many records, of which `key` is the first, stand elsewhere. */
  readonly records?: number;
}

/** What a comparison of two sides found. */
export interface Comparison {
  readonly collection: string;
  /** Records compared on the file's side, and on the database's. */
  readonly left: number;
  readonly right: number;
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  /** The first differences, at most as many as asked for. */
  readonly differences: readonly Difference[];
  readonly isEqual: boolean;
}

/** How to compare. */
export interface CompareOptions {
  readonly collection: string;
  /** Differences listed; all are counted. Default: 100. */
  readonly listed?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Out-of-step records remembered by digest; beyond that the sides have nothing in common. */
const mostPending = 500_000;

interface Waiting {
  readonly at: number;
  readonly version: string;
}

class Cursor {
  readonly #batches: AsyncIterator<readonly ComparedEntry[]>;
  #batch: readonly ComparedEntry[] = [];
  #index = 0;
  count = 0;

  constructor(batches: EntryBatches) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The next record if it is at hand. */
  peek(): ComparedEntry | undefined {
    return this.#batch[this.#index];
  }

  take(): void {
    this.#index += 1;
    this.count += 1;
  }

  /** @returns false at the end */
  async fill(): Promise<boolean> {
    while (this.#index >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done === true) return false;
      this.#batch = next.value;
      this.#index = 0;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}

/** One comparison under way. */
class LockStep {
  readonly #left: Cursor;
  readonly #right: Cursor;
  readonly #options: CompareOptions;
  readonly #listed: number;
  readonly #order = new OrderRuns();
  readonly #waitingLeft = new Map<string, Waiting>();
  readonly #waitingRight = new Map<string, Waiting>();
  readonly #counts: Record<DifferenceKind, number> = { missing: 0, extra: 0, changed: 0, moved: 0 };
  readonly #differences: Difference[] = [];

  constructor(left: EntryBatches, right: EntryBatches, options: CompareOptions) {
    this.#left = new Cursor(left);
    this.#right = new Cursor(right);
    this.#options = options;
    this.#listed = options.listed ?? 100;
  }

  async run(): Promise<Comparison> {
    try {
      while (await this.#step());
    } finally {
      await this.#left.close();
      await this.#right.close();
    }
    return this.#result();
  }

  async #step(): Promise<boolean> {
    this.#options.signal?.throwIfAborted();
    const hasLeft = await this.#left.fill();
    const hasRight = await this.#right.fill();
    if (!hasLeft && !hasRight) return false;
    for (;;) {
      const left = this.#left.peek();
      const right = this.#right.peek();
      if ((hasLeft && left === undefined) || (hasRight && right === undefined)) return true;
      if (left === undefined && right === undefined) return true;
      if (left !== undefined && right !== undefined && left.key === right.key) {
        this.#pair(left, right);
        continue;
      }
      if (left !== undefined) this.#meet("left", left);
      if (right !== undefined) this.#meet("right", right);
    }
  }

  #pair(left: ComparedEntry, right: ComparedEntry): void {
    this.#order.add(this.#left.count, this.#right.count, left.key);
    this.#left.take();
    this.#right.take();
    if (!equalValues(left.value, right.value)) this.#note("changed", left.key);
  }

  /** A record out of step: its counterpart came before, or is still to come. */
  #meet(side: "left" | "right", entry: ComparedEntry): void {
    const [cursor, own, other] =
      side === "left"
        ? [this.#left, this.#waitingLeft, this.#waitingRight]
        : [this.#right, this.#waitingRight, this.#waitingLeft];
    const version = versionOf(entry.value);
    const counterpart = other.get(entry.key);
    if (counterpart === undefined) {
      own.set(entry.key, { at: cursor.count, version });
      if (own.size > mostPending) throw this.#tooDifferent();
    } else {
      other.delete(entry.key);
      if (side === "left") this.#order.add(cursor.count, counterpart.at, entry.key);
      else this.#order.add(counterpart.at, cursor.count, entry.key);
      if (counterpart.version !== version) this.#note("changed", entry.key);
    }
    cursor.take();
  }

  #note(kind: DifferenceKind, key: string, records?: number): void {
    this.#counts[kind] += records ?? 1;
    if (this.#differences.length >= this.#listed) return;
    const { collection } = this.#options;
    this.#differences.push({
      kind,
      collection,
      key,
      ...(records === undefined ? {} : { records }),
    });
  }

  #result(): Comparison {
    for (const key of this.#waitingLeft.keys()) this.#note("missing", key);
    for (const key of this.#waitingRight.keys()) this.#note("extra", key);
    for (const run of this.#order.moved()) this.#note("moved", run.firstKey, run.length);
    return {
      collection: this.#options.collection,
      left: this.#left.count,
      right: this.#right.count,
      counts: this.#counts,
      differences: this.#differences,
      isEqual: Object.values(this.#counts).every((count) => count === 0),
    };
  }

  #tooDifferent(): StorageError {
    const { collection } = this.#options;
    return new StorageError(
      "DIVERGED",
      `collection "${collection}": more than ${mostPending} records have no counterpart so far; these are not two copies of one collection`,
      { operation: "verify", collection },
    );
  }
}

/**
 * Compares two ordered streams of records in lock step: keys, values with the order of their
 * members, and the order of the records. Memory is bounded by what is out of step.
 *
 * @throws StorageError DIVERGED when hundreds of thousands of records are out of step
 */
export async function compareEntries(
  left: EntryBatches,
  right: EntryBatches,
  options: CompareOptions,
): Promise<Comparison> {
  return new LockStep(left, right, options).run();
}
