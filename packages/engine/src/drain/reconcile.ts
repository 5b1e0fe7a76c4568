import {
  sameValue,
  type CollectionDefinition,
  type KeyedValue,
  type RecordState,
  type Replica,
} from "@cutover/core";
import { applyStates } from "./apply-states.ts";
import type { DrainTarget } from "./drain-target.ts";
import { EntryReader } from "./entry-reader.ts";
import { Pace } from "./pace.ts";
import { checkSource } from "./source-presence.ts";

/** How far a collection has been made equal. */
export interface ReconcileProgress {
  readonly collection: string;
  readonly done: number;
  readonly total: number;
}

/** What {@link reconcile} accepts. */
export interface ReconcileOptions {
  readonly pace?: Pace | undefined;
  readonly onProgress?: ((progress: ReconcileProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Keys looked up at a time while superfluous records are removed. */
const removalBatch = 1000;

/**
 * Makes a whole collection of the mirror equal to the source: records, values and order. Writers
 * may go on; what they change meanwhile is marked and comes after. Interrupted, it can simply run
 * again: what is equal already is passed over.
 *
 * @throws StorageError DIVERGED where the source's collection is missing and the mirror's is not
 */
export async function reconcile(
  target: DrainTarget,
  collection: CollectionDefinition,
  options: ReconcileOptions = {},
): Promise<void> {
  await new Reconciliation(target, collection, options).run();
}

class Reconciliation {
  private readonly target: DrainTarget;
  private readonly collection: CollectionDefinition;
  private readonly options: ReconcileOptions;
  private readonly pace: Pace;
  private done = 0;
  private total = 0;

  constructor(target: DrainTarget, collection: CollectionDefinition, options: ReconcileOptions) {
    this.target = target;
    this.collection = collection;
    this.options = options;
    this.pace = options.pace ?? new Pace();
  }

  async run(): Promise<void> {
    const { source, mirror } = this.target;
    const held = await mirror.size(this.collection);
    this.total = await source.size(this.collection);
    if (this.total === 0 && held > 0) return this.empty();
    if (held > 0) await this.removeSuperfluous();
    await this.equalise(held === 0);
    this.report();
  }

  private async empty(): Promise<void> {
    await checkSource(this.target, this.collection);
    await this.target.mirror.clear(this.collection);
  }

  private async removeSuperfluous(): Promise<void> {
    const { source, mirror } = this.target;
    for await (const batch of mirror.oldestFirst(this.collection)) {
      for (let start = 0; start < batch.length; start += removalBatch) {
        const keys = batch.slice(start, start + removalBatch).map(({ key }) => key);
        const kept = await source.states(this.collection, keys);
        await this.apply(keys.filter((key) => !kept.has(key)).map((key) => this.absent(key)));
      }
    }
  }

  private absent(key: string): RecordState {
    return { collection: this.collection, key, value: undefined };
  }

  private async apply(states: readonly RecordState[]): Promise<void> {
    if (states.length > 0) await applyStates(this.target, this.collection, states);
  }

  private async equalise(isEmpty: boolean): Promise<void> {
    const { source, mirror } = this.target;
    const twins = isEmpty ? undefined : new TwinReader(mirror, source, this.collection);
    let states: RecordState[] = [];
    let passed = 0;
    try {
      for await (const batch of source.oldestFirst(this.collection)) {
        for (const record of batch) {
          const state = await this.stateOf(record, twins);
          if (state !== undefined) states.push(state);
          passed++;
          if (passed < this.pace.batchSize) continue;
          await this.flush(states, passed);
          states = [];
          passed = 0;
        }
      }
      await this.flush(states, passed);
    } finally {
      await twins?.close();
    }
  }

  /** What is to be done about a record; undefined where the mirror has it as it should be. */
  private async stateOf(
    { key, value }: KeyedValue,
    twins: TwinReader | undefined,
  ): Promise<RecordState | undefined> {
    const { collection } = this;
    if (twins === undefined) return { collection, key, value };
    const twin = await twins.of(key);
    // From the first record that is not where it belongs, all have to be put anew, in order.
    if (twin === undefined) return { collection, key, value, asNewest: true };
    return sameValue(twin.value, value) ? undefined : { collection, key, value };
  }

  private async flush(states: readonly RecordState[], passed: number): Promise<void> {
    await this.pace.batch(passed, () => this.apply(states), this.options.signal);
    await this.target.at?.("reconcile/batch");
    this.done += passed;
    this.report();
  }

  private report(): void {
    const { done, total } = this;
    this.options.onProgress?.({
      collection: this.collection.name,
      done,
      total: Math.max(done, total),
    });
  }
}

/** Walks the mirror beside the source for as long as both have the same keys in the same order. */
class TwinReader {
  private readonly mirror: EntryReader;
  private readonly source: Replica;
  private readonly collection: CollectionDefinition;
  private hasDeviated = false;

  constructor(mirror: Replica, source: Replica, collection: CollectionDefinition) {
    this.mirror = new EntryReader(mirror.oldestFirst(collection));
    this.source = source;
    this.collection = collection;
  }

  /** @returns undefined from the first deviation on */
  async of(key: string): Promise<KeyedValue | undefined> {
    while (!this.hasDeviated) {
      const twin = await this.mirror.next();
      if (twin === undefined) break;
      if (twin.key === key) return twin;
      // Deleted at the source since: the deletion is marked, and no reason to move all the others.
      if ((await this.source.states(this.collection, [twin.key])).size > 0) break;
    }
    this.hasDeviated = true;
    return undefined;
  }

  close(): Promise<void> {
    return this.mirror.close();
  }
}
