import {
  sameValue,
  type CollectionDefinition,
  type DirtyMark,
  type JsonValue,
  type KeyedValue,
  type RecordState,
} from "@cutover/core";
import { applyStates } from "./apply-states.ts";
import type { DrainTarget } from "./drain-target.ts";
import { checkSource } from "./source-presence.ts";

/** A record's mark. */
export type KeyMark = DirtyMark & { readonly key: string };

/** More records than that are not re-placed one by one: the whole collection is compared instead. */
const longestTail = 2000;

interface Plan {
  readonly removals: RecordState[];
  readonly inPlace: RecordState[];
  /** Keys that are absent at the mirror, or may lie in another place than at the source. */
  readonly placing: Set<string>;
}

/**
 * Makes marked records of a collection equal at the mirror, by what the source holds now.
 *
 * A record that was inserted or moved belongs behind all older ones. So the newest records of the
 * source, from the oldest such one on, are put anew in their order: whatever order the mirror had
 * them in, and whoever inserted between, it then has the source's.
 */
export class KeyDrain {
  private readonly target: DrainTarget;
  private readonly collection: CollectionDefinition;

  constructor(target: DrainTarget, collection: CollectionDefinition) {
    this.target = target;
    this.collection = collection;
  }

  /** @returns false when there are too many to place: everything has to be compared then */
  async run(marks: readonly KeyMark[]): Promise<boolean> {
    const { removals, inPlace, placing } = await this.plan(marks);
    await this.target.at?.("drain/read");
    if (removals.length > 0) await checkSource(this.target, this.collection);
    const tail = placing.size === 0 ? [] : await this.tail(placing);
    if (tail === undefined) return false;
    const { collection } = this;
    // Only what the mirror has none of may be put without being removed before.
    const isAllNew = tail.every(({ key }) => placing.has(key)) && !marks.some(({ moved }) => moved);
    const placed = tail.map(({ key, value }) => ({ collection, key, value, asNewest: !isAllNew }));
    const states = [...removals, ...inPlace, ...placed];
    if (states.length > 0) await applyStates(this.target, collection, states);
    return true;
  }

  private async plan(marks: readonly KeyMark[]): Promise<Plan> {
    const { collection } = this;
    const keys = marks.map(({ key }) => key);
    const { source, mirror } = this.target;
    const wanted = await source.states(collection, keys);
    const held = await mirror.states(collection, keys);
    const plan: Plan = { removals: [], inPlace: [], placing: new Set() };
    for (const { key, moved } of marks) {
      this.sort(plan, { key, moved, wanted: wanted.get(key), held: held.get(key) });
    }
    return plan;
  }

  private sort(
    { removals, inPlace, placing }: Plan,
    record: {
      readonly key: string;
      readonly moved: boolean;
      readonly wanted: JsonValue | undefined;
      readonly held: JsonValue | undefined;
    },
  ): void {
    const { collection } = this;
    const { key, moved, wanted, held } = record;
    if (wanted === undefined) {
      if (held !== undefined) removals.push({ collection, key, value: undefined });
    } else if (held === undefined || moved) placing.add(key);
    else if (!sameValue(held, wanted)) inPlace.push({ collection, key, value: wanted });
  }

  /** The source's newest records from the oldest of these on, oldest first; undefined when too many. */
  private async tail(placing: ReadonlySet<string>): Promise<KeyedValue[] | undefined> {
    const { source } = this.target;
    const missing = new Set(placing);
    const tail = new Map<string, JsonValue>();
    let length = 0;
    for await (const batch of source.newestFirst(this.collection)) {
      for (const { key, value } of batch) {
        if (!tail.has(key)) tail.set(key, value);
        if (missing.delete(key)) length = tail.size;
        if (missing.size === 0) return oldestFirst(tail, length);
      }
      if (tail.size > longestTail) {
        // Those that were deleted meanwhile have marks of their own, and are not to be waited for.
        const present = await source.states(this.collection, [...missing]);
        return present.size === 0 ? oldestFirst(tail, length) : undefined;
      }
    }
    return oldestFirst(tail, length);
  }
}

function oldestFirst(newest: ReadonlyMap<string, JsonValue>, length: number): KeyedValue[] {
  return Array.from(newest, ([key, value]) => ({ key, value }))
    .slice(0, length)
    .toReversed();
}
