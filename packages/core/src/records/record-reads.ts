import type { DriverReads } from "../backend/storage-driver.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { isExpired } from "../definition/member.ts";
import { aggregateFrom, type AggregatePlan, type AggregateRow } from "../query/aggregate.ts";
import { selectFrom, type KeyedValue } from "../query/select.ts";
import type { Selection } from "../query/selection.ts";
import type { JsonValue } from "../values/json.ts";
import { cloneValue } from "../values/normalise.ts";
import type { SourceOf } from "./draft-set.ts";

/** Reads answered from records in memory. */
export class RecordReads implements DriverReads {
  private readonly source: SourceOf;

  constructor(source: SourceOf) {
    this.source = source;
  }

  get(collection: CollectionDefinition, key: string, nowMs: number): JsonValue | undefined {
    const value = this.source(collection).get(key);
    return value === undefined || isExpired(collection, value, nowMs)
      ? undefined
      : cloneValue(value);
  }

  getMany(
    collection: CollectionDefinition,
    keys: readonly string[],
    nowMs: number,
  ): Map<string, JsonValue> {
    const found = new Map<string, JsonValue>();
    for (const key of keys) {
      const value = this.get(collection, key, nowMs);
      if (value !== undefined) found.set(key, value);
    }
    return found;
  }

  private found(collection: CollectionDefinition, selection: Selection): KeyedValue[] {
    return selectFrom(collection, this.source(collection).entries(), selection);
  }

  select(collection: CollectionDefinition, selection: Selection): KeyedValue[] {
    return this.found(collection, selection).map(({ key, value }) => ({
      key,
      value: cloneValue(value),
    }));
  }

  count(collection: CollectionDefinition, selection: Selection): number {
    return this.found(collection, selection).length;
  }

  aggregate(
    collection: CollectionDefinition,
    selection: Selection,
    plan: AggregatePlan,
  ): AggregateRow[] {
    return aggregateFrom(this.found(collection, selection), plan);
  }
}
