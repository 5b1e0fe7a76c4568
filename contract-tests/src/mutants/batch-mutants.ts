import { type JsonValue } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";

/** Longest list of parameters that SQLite once allowed. */
const oldParameterLimit = 999;

/** Calls on many records that do not do all or nothing of what they are asked. */
export const batchMutants: readonly Mutant[] = [
  inCollections(
    { name: "batch-not-rolled-back", breaks: "putMany() puts all or none" },
    (inner) => ({
      putMany: async (entries, options) => {
        const copies = Array.from(entries, ([key, value]) => [key, value] as const);
        for (const [key, value] of copies) await inner.put(key, value, options);
      },
    }),
  ),
  inCollections(
    { name: "batch-visible-half-way", breaks: "no reader sees half of a batch" },
    (inner) => ({
      putMany: async (entries, options) => {
        const copies = Array.from(entries, ([key, value]) => [key, value] as const);
        const middle = Math.ceil(copies.length / 2);
        if (middle < copies.length) await inner.putMany(copies.slice(0, middle), options);
        await inner.putMany(copies, options);
      },
    }),
  ),
  inCollections(
    {
      name: "batch-keeps-first-of-equal-keys",
      breaks: "of equal keys in a batch the last value counts",
    },
    (inner) => ({
      putMany: (entries, options) => {
        const first = new Map<string, JsonValue>();
        for (const [key, value] of entries) if (!first.has(key)) first.set(key, value);
        return inner.putMany(first, options);
      },
    }),
  ),
  inCollections(
    { name: "batch-cut-at-999", breaks: "batches of any size are written whole" },
    (inner) => ({
      putMany: (entries, options) =>
        inner.putMany([...entries].slice(0, oldParameterLimit), options),
    }),
  ),
  inCollections({ name: "clear-leaves-one", breaks: "clear() removes all records" }, (inner) => ({
    clear: async (options) => {
      const [first] = await inner.find({ limit: 1 });
      const count = await inner.clear(options);
      if (first !== undefined) await inner.put(first.key, first.value);
      return count;
    },
  })),
  inCollections(
    { name: "clear-counts-nothing", breaks: "clear() tells how many there were" },
    (inner) => ({
      clear: async (options) => ((await inner.clear(options)) < 0 ? 1 : 0),
    }),
  ),
  inCollections(
    {
      name: "replace-all-merges",
      breaks: "replaceAll() removes what is not among the new records",
    },
    (inner) => ({
      replaceAll: (entries, options) => inner.putMany(entries, options),
    }),
  ),
  inCollections(
    { name: "replace-all-keeps-places", breaks: "replaceAll() takes over the order it is given" },
    (inner) => ({
      replaceAll: async (entries, options) => {
        const wanted = new Map(entries);
        const there = (await inner.find()).map(({ key }) => key).filter((key) => wanted.has(key));
        const places = new Set([...there, ...wanted.keys()]);
        await inner.replaceAll(
          Array.from(places, (key) => [key, wanted.get(key) ?? null]),
          options,
        );
      },
    }),
  ),
  inCollections(
    {
      name: "replace-all-in-two-steps",
      breaks: "no reader sees a collection between its old and its new records",
    },
    (inner) => ({
      replaceAll: async (entries, options) => {
        const copies = Array.from(
          entries,
          ([key, value]) => [key, structuredClone(value)] as const,
        );
        await inner.replaceAll([], options);
        await inner.replaceAll(copies, options);
      },
    }),
  ),
  inCollections(
    { name: "delete-many-counts-keys", breaks: "deleteMany() counts the records it removed" },
    (inner) => ({
      deleteMany: async (keys, options) => {
        await inner.deleteMany(keys, options);
        return keys.length;
      },
    }),
  ),
  inCollections(
    { name: "delete-many-stops-at-absent", breaks: "deleteMany() passes over absent keys" },
    (inner) => ({
      deleteMany: async (keys, options) => {
        let count = 0;
        for (const key of keys) {
          if (!(await inner.delete(key, options))) break;
          count++;
        }
        return count;
      },
    }),
  ),
  inCollections(
    { name: "get-many-drops-last", breaks: "getMany() finds every key that is there" },
    (inner) => ({
      getMany: (keys, options) =>
        inner.getMany(
          keys.length > oldParameterLimit ? keys.slice(0, oldParameterLimit) : keys,
          options,
        ),
    }),
  ),
  inCollections(
    {
      name: "get-many-in-store-order",
      breaks: "getMany() answers in the order of the keys asked for",
    },
    (inner) => ({
      getMany: async (keys, options) =>
        new Map(
          [...(await inner.getMany(keys, options))].toSorted(([left], [right]) =>
            left < right ? -1 : 1,
          ),
        ),
    }),
  ),
  inCollections(
    { name: "get-many-fills-gaps", breaks: "getMany() leaves out what is not there" },
    (inner) => ({
      getMany: async (keys, options) => {
        const found = await inner.getMany(keys, options);
        return new Map(keys.map((key) => [key, found.get(key) ?? null]));
      },
    }),
  ),
];
