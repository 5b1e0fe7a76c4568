import type { CollectionDefinition, Filter, JsonObject, JsonValue, OrderBy } from "@cutover/core";
import type { Random } from "../../histories/load/random.ts";

/** One of some, each as likely as the others. */
export function oneOf<const T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[random.below(items.length)] ?? items[0];
}

/** Names that look like numbers, members of objects, folders; and enough of them to be read again. */
const oddKeys = [
  "2",
  "10",
  "a/one.bin",
  "A/One.bin",
  "constructor",
  "é",
  "e\u0301",
  "😀",
  " ",
  "%41",
];

export function randomKey(random: Random): string {
  const index = random.below(40);
  return oddKeys[index] ?? `k${index - oddKeys.length}`;
}

const words = ["flux", "Flüx", "one", "two", "ten", "newest", "Control", "depth", "ﬁne"] as const;

function randomName(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => oneOf(random, words)).join(" ");
}

const baseMs = Date.UTC(2025, 10, 29);

function randomTime(random: Random): string {
  return new Date(baseMs + random.below(40) * 3_600_000).toISOString();
}

type Make = (random: Random, nowMs: number) => JsonValue;

/** Members that a record may have, declared ones and one that nobody declared. */
const members: Readonly<Record<string, Make>> = {
  name: randomName,
  size: (random) => random.below(9),
  rating: (random) => random.below(8) / 2,
  used: (random) => random.below(2) === 0,
  at: randomTime,
  tags: (random) => Array.from({ length: random.below(3) }, () => oneOf(random, words)),
  more: (random) => ({ deep: [random.below(3), null, { text: randomName(random) }] }),
  // What does not fit its field is kept, and found by nothing.
  misfit: () => "x",
};
const claimMembers: Readonly<Record<string, Make>> = {
  ...members,
  owner: (random) => `owner ${random.below(25)}`,
  until: (random, nowMs) => nowMs + random.below(60_000) - 5000,
};

const scalars: readonly [Make, ...Make[]] = [
  () => null,
  (random) => random.below(100) - 50,
  randomName,
  (random) => random.below(2) === 0,
  (random) => ({ list: [randomName(random), 1.5, "\u2028", "</"], "2": {}, "1": [] }),
];

/** Some members of a record, in some order. */
export function randomMembers(
  definition: CollectionDefinition,
  random: Random,
  nowMs: number,
): JsonObject {
  const makers = definition.name === "claims" ? claimMembers : members;
  const record: Record<string, JsonValue> = {};
  for (const [member, make] of Object.entries(makers)) {
    if (random.below(2) === 0) continue;
    if (member === "misfit") record["size"] = make(random, nowMs);
    else record[member] = random.below(12) === 0 ? null : make(random, nowMs);
  }
  return record;
}

/** A value for a key. */
export function randomValue(
  definition: CollectionDefinition,
  key: string,
  { random, nowMs }: { readonly random: Random; readonly nowMs: number },
): JsonValue {
  if (definition.fields.size === 0) return oneOf(random, scalars)(random, nowMs);
  const record = randomMembers(definition, random, nowMs);
  return definition.keyMember === undefined ? record : { [definition.keyMember]: key, ...record };
}

type MakeFilter = (random: Random) => Filter;

const keyFilters: readonly [MakeFilter, ...MakeFilter[]] = [
  () => ({}),
  (random) => ({ $key: { gt: randomKey(random) } }),
  (random) => ({ $key: { startsWith: "k" }, not: { $key: randomKey(random) } }),
];
const fieldFilters: readonly [MakeFilter, ...MakeFilter[]] = [
  ...keyFilters,
  (random) => ({ size: { gte: random.below(9) } }),
  (random) => ({ name: { containsIgnoreCase: oneOf(random, words) } }),
  (random) => ({ or: [{ used: true }, { rating: { lt: random.below(8) / 2 } }] }),
  (random) => ({ at: { lte: randomTime(random) }, size: { ne: random.below(9) } }),
  (random) => ({ size: { in: [random.below(9), random.below(9)] }, tags: { exists: true } }),
  () => ({ name: { isNull: true } }),
];

export function randomFilter({ fields }: CollectionDefinition, random: Random): Filter {
  return oneOf(random, fields.size === 0 ? keyFilters : fieldFilters)(random);
}

/** @returns nothing where the collection's own order is to be told */
export function randomOrder(
  { fields }: CollectionDefinition,
  random: Random,
): { orderBy?: readonly OrderBy[] } {
  if (random.below(3) === 0) return {};
  const direction = oneOf(random, ["asc", "desc"]);
  const field =
    fields.size === 0 ? "$key" : oneOf(random, ["$key", "name", "size", "rating", "at"]);
  return { orderBy: [{ field, direction }] };
}
