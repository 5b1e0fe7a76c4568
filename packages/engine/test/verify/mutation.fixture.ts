import { isJsonObject, type JsonObject, type KeyedValue } from "@cutover/core";

/** A number in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** Records with nested members; some have expired. */
export function someRecords(random: Random, count: number): KeyedValue[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `r${index}`,
    value: {
      name: `record ${below(random, 1000)}`,
      size: below(random, 100),
      tags: ["a", "b", "c"].slice(0, below(random, 4)),
      part: { on: random() < 0.5, deep: { level: below(random, 9) } },
      ends: random() < 0.2 ? "2001-01-01T00:00:00.000Z" : "2999-01-01T00:00:00.000Z",
    },
  }));
}

/** What was done to a list of records. */
export interface Mutation {
  readonly records: KeyedValue[];
  readonly kind: "flip" | "reorder members" | "drop" | "duplicate" | "move";
  /** Keys of which a mismatch must name one. */
  readonly keys: readonly string[];
}

type Mutate = (records: readonly KeyedValue[], random: Random) => Mutation;

function pick(records: readonly KeyedValue[], random: Random): { index: number; own: KeyedValue } {
  const index = below(random, records.length);
  const own = records[index];
  if (own === undefined) throw new Error("there is nothing to mutate");
  return { index, own };
}

function objectOf({ value }: KeyedValue): JsonObject {
  if (!isJsonObject(value)) throw new Error("records of this test are objects");
  return value;
}

const flips: readonly ((value: JsonObject) => JsonObject)[] = [
  (value) => ({ ...value, name: `${JSON.stringify(value["name"])} ` }),
  (value) => ({ ...value, size: -1 }),
  (value) => ({ ...value, size: JSON.stringify(value["size"]) }),
  (value) => ({ ...value, tags: ["z"] }),
  (value) => ({ ...value, part: { on: null, deep: {} } }),
  (value) => ({ ...value, more: null }),
  ({ name = null, size = null, tags = null, part = null }) => ({ name, size, tags, part }),
];

const mutations: readonly Mutate[] = [
  (records, random) => {
    const { index, own } = pick(records, random);
    const flip = flips[below(random, flips.length)];
    const value = flip?.(objectOf(own)) ?? null;
    return { records: records.with(index, { key: own.key, value }), kind: "flip", keys: [own.key] };
  },
  (records, random) => {
    const { index, own } = pick(records, random);
    const value = Object.fromEntries(Object.entries(objectOf(own)).toReversed());
    const changed = records.with(index, { key: own.key, value });
    return { records: changed, kind: "reorder members", keys: [own.key] };
  },
  (records, random) => {
    const { index, own } = pick(records, random);
    return { records: records.toSpliced(index, 1), kind: "drop", keys: [own.key] };
  },
  (records, random) => {
    const { own } = pick(records, random);
    const copy = { key: `${own.key} again`, value: own.value };
    const at = below(random, records.length + 1);
    return { records: records.toSpliced(at, 0, copy), kind: "duplicate", keys: [copy.key] };
  },
  (records, random) => {
    const { index, own } = pick(records, random);
    const others = records.toSpliced(index, 1);
    const steps = 1 + below(random, others.length);
    const at = (index + steps) % records.length;
    const moved = others.toSpliced(at, 0, own);
    // Of two that have changed places with each other, either has moved.
    const neighbours = Math.abs(at - index) === 1 ? [records[at]?.key ?? ""] : [];
    return { records: moved, kind: "move", keys: [own.key, ...neighbours] };
  },
];

/** Changes one thing somewhere. */
export function mutate(records: readonly KeyedValue[], random: Random): Mutation {
  const least = records.length < 2 ? 1 : 0;
  const mutation = mutations[below(random, mutations.length - least)];
  if (mutation === undefined) throw new Error("there is no such mutation");
  return mutation(records, random);
}
