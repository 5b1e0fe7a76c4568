import type { CollectionOperations, ErrorCode, JsonValue } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";

/** A call that no store accepts, and the code it is refused with. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly run: (collection: CollectionOperations) => Promise<unknown>;
}

type Run = Refusal["run"];
// What a caller without types may hand in.
const hand = (value: unknown): JsonValue => trusted(value);
const key = (run: Run): Refusal => ({ code: "INVALID_KEY", run });
const query = (run: Run): Refusal => ({ code: "INVALID_QUERY", run });
const value = (make: () => unknown): Refusal => ({
  code: "INVALID_VALUE",
  run: (collection) => collection.put("refused", hand(make())),
});

function cycle(): unknown {
  const self: unknown[] = [];
  self.push({ self });
  return self;
}

/** Refused calls by name. */
export const refusals: ReadonlyMap<string, Refusal> = new Map([
  ["get of an empty key", key((collection) => collection.get(""))],
  ["put of a key with NUL", key((collection) => collection.put("a\0b", 1))],
  ["delete of half a surrogate", key((collection) => collection.delete("\ud800"))],
  ["getMany with an empty key", key((collection) => collection.getMany(["a", ""]))],
  ["putMany with a long key", key((collection) => collection.putMany([["k".repeat(1025), 1]]))],
  [
    "deleteMany with a long key",
    key((collection) => collection.deleteMany(["a", "é".repeat(513)])),
  ],
  ["put of NaN", value(() => Number.NaN)],
  ["put of a nested Infinity", value(() => ({ a: [Infinity] }))],
  ["put of undefined", value(() => undefined)],
  ["put of a Date", value(() => ({ a: new Date(0) }))],
  ["put of a lone surrogate", value(() => ({ a: "x\udfff" }))],
  ["put of a member with NUL", value(() => ({ "a\0": 1 }))],
  ["put of a bigint", value(() => [1n])],
  ["put of a function", value(() => ({ a: () => 1 }))],
  ["put of a cycle", value(cycle)],
  ["a limit below zero", query((collection) => collection.find({ limit: -1 }))],
  ["a broken limit", query((collection) => collection.find({ limit: 1.5 }))],
  ["a page of nothing", query((collection) => collection.page({ limit: 0 }))],
  ["a cursor that is none", query((collection) => collection.page({ limit: 1, cursor: "bm9uZQ" }))],
  ["an undeclared field", query((collection) => collection.find({ where: { undeclared: 1 } }))],
  [
    "an unknown operator",
    query((collection) => collection.count({ $key: trusted({ like: "a" }) })),
  ],
  ["a null operand", query((collection) => collection.count({ $key: { eq: trusted(null) } }))],
  ["a number where text belongs", query((collection) => collection.count({ $key: 7 }))],
  [
    "an order by nothing",
    query((collection) => collection.find({ orderBy: [{ field: "undeclared" }] })),
  ],
  ["a sum of keys", query((collection) => collection.aggregate({ sum: ["$key"] }))],
]);
