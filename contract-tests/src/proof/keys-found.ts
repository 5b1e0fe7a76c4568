import assert from "node:assert/strict";
import type { Collection, Filter, JsonValue, Query } from "@cutover/core";

/** Keys of a listing, joined by spaces. */
export function keysIn(entries: readonly { readonly key: string }[]): string {
  return entries.map(({ key }) => key).join(" ");
}

/** Asserts which records a filter finds, in the order of the collection, and that count() agrees. */
export async function finds<V extends JsonValue>(
  collection: Collection<V>,
  where: Filter<V>,
  expected: string,
): Promise<void> {
  const what = JSON.stringify(where).slice(0, 200);
  assert.equal(keysIn(await collection.find({ where })), expected, what);
  const count = expected === "" ? 0 : expected.split(" ").length;
  assert.equal(await collection.count(where), count, `count of ${what}`);
}

/** Asserts which records a query lists, in order. */
export async function lists<V extends JsonValue>(
  collection: Collection<V>,
  query: Query<V>,
  expected: string,
): Promise<void> {
  assert.equal(keysIn(await collection.find(query)), expected, JSON.stringify(query));
}
