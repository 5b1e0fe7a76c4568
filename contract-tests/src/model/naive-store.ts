import {
  type CollectionDefinition,
  type CollectionInfo,
  type JsonValue,
  StorageError,
} from "@cutover/core";
import { NaiveCollection } from "./naive-collection.ts";
import type { Guard, NaiveState } from "./naive-records.ts";

/** A transaction of the model: once a call has failed, no other works. */
export class NaiveTransaction {
  failed = false;
  private readonly store: NaiveStore;

  constructor(store: NaiveStore) {
    this.store = store;
  }

  private readonly guard: Guard = async (call) => {
    if (this.failed) throw new StorageError("TRANSACTION_MISUSE", "said by the model");
    try {
      return call();
    } catch (error) {
      this.failed = true;
      throw error;
    }
  };

  collection(definition: CollectionDefinition): NaiveCollection {
    return this.store.guarded(definition, this.guard);
  }
}

/**
 * The contract once more, from its text alone: plain arrays, no index, no cache, nothing of
 * core's evaluation. Whatever an adapter answers is held against this.
 */
export class NaiveStore {
  nowMs: number;
  private readonly states = new Map<string, NaiveState>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  guarded(definition: CollectionDefinition, guard: Guard): NaiveCollection {
    let state = this.states.get(definition.name);
    if (state === undefined) {
      state = { records: [], exists: false };
      this.states.set(definition.name, state);
    }
    return new NaiveCollection(definition, state, { now: () => this.nowMs, guard });
  }

  collection(definition: CollectionDefinition): NaiveCollection {
    return this.guarded(definition, async (call) => call());
  }

  async transaction<T>(work: (tx: NaiveTransaction) => Promise<T>): Promise<T> {
    const before = Array.from(this.states.values(), (state) => ({ state, ...state }));
    const tx = new NaiveTransaction(this);
    try {
      const result = await work(tx);
      if (tx.failed) throw new StorageError("TRANSACTION_MISUSE", "said by the model");
      return result;
    } catch (error) {
      for (const { state, records, exists } of before) Object.assign(state, { records, exists });
      throw error;
    }
  }

  async info(): Promise<{ readonly collections: readonly CollectionInfo[] }> {
    const collections = Array.from(this.states, ([name, { records, exists }]) => ({
      name,
      exists,
      records: records.length,
    }));
    return { collections };
  }

  /** The version of what is at a key, so that a command can name it. */
  async versionAt(definition: CollectionDefinition, key: string): Promise<string | undefined> {
    return (await this.collection(definition).entry(key))?.version;
  }

  /** A value, for tests of the model itself. */
  async valueAt(definition: CollectionDefinition, key: string): Promise<JsonValue | undefined> {
    return this.collection(definition).get(key);
  }
}
