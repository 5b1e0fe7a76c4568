import type {
  CollectionDefinition,
  JsonValue,
  KeyedValue,
  MaybePromise,
  RecordState,
  Replica,
} from "@cutover/core";

/** Knows for how long stores have kept somebody waiting for a single answer. */
export class Silence {
  private waiting = 0;
  private sinceMs = 0;

  /** 0 while nothing is asked. */
  get ms(): number {
    return this.waiting === 0 ? 0 : performance.now() - this.sinceMs;
  }

  async during<T>(question: () => MaybePromise<T>): Promise<T> {
    if (this.waiting++ === 0) this.sinceMs = performance.now();
    try {
      return await question();
    } finally {
      this.waiting--;
      this.sinceMs = performance.now();
    }
  }

  /** A store whose silence shows here. */
  of(replica: Replica): Replica {
    return new HeardReplica(replica, this);
  }
}

class HeardReplica implements Replica {
  private readonly inner: Replica;
  private readonly silence: Silence;

  constructor(inner: Replica, silence: Silence) {
    this.inner = inner;
    this.silence = silence;
  }

  oldestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]> {
    return this.heard(this.inner.oldestFirst(collection));
  }

  newestFirst(collection: CollectionDefinition): AsyncIterable<readonly KeyedValue[]> {
    return this.heard(this.inner.newestFirst(collection));
  }

  private async *heard<T>(stream: AsyncIterable<T>): AsyncIterable<T> {
    const batches = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.silence.during(() => batches.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await batches.return?.();
    }
  }

  states(
    collection: CollectionDefinition,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, JsonValue>> {
    return this.silence.during(() => this.inner.states(collection, keys));
  }

  size(collection: CollectionDefinition): Promise<number> {
    return this.silence.during(() => this.inner.size(collection));
  }

  exists(collection: CollectionDefinition): Promise<boolean> {
    return this.silence.during(() => this.inner.exists(collection));
  }

  owners(states: readonly RecordState[]): Promise<readonly string[]> {
    return this.silence.during(() => this.inner.owners(states));
  }

  apply(states: readonly RecordState[]): Promise<void> {
    return this.silence.during(() => this.inner.apply(states));
  }

  clear(collection: CollectionDefinition): Promise<void> {
    return this.silence.during(() => this.inner.clear(collection));
  }

  stamp(collection: CollectionDefinition): Promise<string | undefined> {
    return this.silence.during(() => this.inner.stamp(collection));
  }
}
