import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { isExpired } from "../definition/member.ts";
import type { Scalar } from "../values/compare.ts";
import type { JsonValue } from "../values/json.ts";
import { matches } from "./matches.ts";
import { compareOrderValues, orderValues } from "./order.ts";
import { matchesTerms, searchText } from "./search.ts";
import type { OrderTerm, Selection } from "./selection.ts";

/** A key with its value. */
export interface KeyedValue {
  readonly key: string;
  readonly value: JsonValue;
}

/** True when a record belongs to the selection, its order and limit aside. */
export function selects(
  definition: CollectionDefinition,
  selection: Selection,
  record: KeyedValue,
): boolean {
  if (isExpired(definition, record.value, selection.nowMs)) return false;
  if (
    selection.predicate !== undefined &&
    !matches(selection.predicate, record.key, record.value)
  ) {
    return false;
  }
  return (
    selection.search === undefined ||
    matchesTerms(selection.search, searchText(definition, record.value))
  );
}

interface Placed {
  readonly record: KeyedValue;
  readonly values: readonly (Scalar | null)[];
}

function ordered(
  found: Iterable<KeyedValue>,
  terms: readonly OrderTerm[],
  selection: Selection,
): KeyedValue[] {
  const placed: Placed[] = [];
  for (const record of found) {
    const values = orderValues(terms, record.key, record.value);
    if (selection.after !== undefined && compareOrderValues(terms, values, selection.after) <= 0)
      continue;
    placed.push({ record, values });
  }
  placed.sort((left, right) => compareOrderValues(terms, left.values, right.values));
  return placed.slice(0, selection.limit).map((item) => item.record);
}

/**
 * Answers a selection from records in collection order: the meaning of a query, and the way of
 * adapters that hold their records in memory.
 */
export function selectFrom(
  definition: CollectionDefinition,
  records: Iterable<KeyedValue>,
  selection: Selection,
): KeyedValue[] {
  const { order, limit = Infinity } = selection;
  const found: KeyedValue[] = [];
  if (limit === 0) return found;
  const stopsEarly = typeof order === "string";
  for (const record of records) {
    if (!selects(definition, selection, record)) continue;
    found.push(record);
    if (stopsEarly && found.length >= limit) break;
  }
  return typeof order === "string" ? found : ordered(found, order, selection);
}
