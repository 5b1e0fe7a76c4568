import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";
import { inCollections, type Mutant } from "./mutant.ts";

function deepMerged(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...left };
  for (const [name, item] of Object.entries(right)) {
    const there = merged[name];
    merged[name] = isJsonObject(there) && isJsonObject(item) ? deepMerged(there, item) : item;
  }
  return merged;
}

/** Longest list of parameters that SQLite once allowed. */
const oldParameterLimit = 999;

const single: readonly Mutant[] = [
  inCollections(
    { name: "put-never-overwrites", breaks: "put() overwrites what is there" },
    (inner) => ({
      put: async (key, value, options) =>
        (await inner.has(key)) ? undefined : inner.put(key, value, options),
    }),
  ),
  inCollections(
    { name: "put-moves-record", breaks: "overwriting keeps the record's place" },
    (inner) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        if (options?.ifVersion === undefined) await inner.delete(key, options);
        await inner.put(key, copy, options);
      },
    }),
  ),
  inCollections(
    { name: "update-moves-record", breaks: "an update keeps the record's place" },
    (inner) => ({
      update: async (key, change, options) => {
        const next = change(await inner.get(key, options));
        await inner.delete(key, options);
        return inner.update(key, () => next, options);
      },
    }),
  ),
  inCollections({ name: "put-merges", breaks: "put() replaces the whole record" }, (inner) => ({
    put: async (key, value, options) => {
      const there = await inner.get(key).catch(() => undefined);
      const merged = isJsonObject(there) && isJsonObject(value) ? { ...there, ...value } : value;
      await inner.put(key, merged, options);
    },
  })),
  inCollections(
    { name: "insert-overwrites", breaks: "insert() refuses a key that is taken" },
    (inner) => ({
      insert: (key, value, options) => inner.put(key, value, options),
    }),
  ),
  inCollections(
    {
      name: "insert-of-equal-value-accepted",
      breaks: "insert() refuses a taken key, equal value or not",
    },
    (inner) => ({
      insert: async (key, value, options) => {
        const there = await inner.get(key).catch(() => undefined);
        if (there !== undefined && JSON.stringify(there) === JSON.stringify(value)) return;
        await inner.insert(key, value, options);
      },
    }),
  ),
  inCollections(
    { name: "delete-always-true", breaks: "delete() tells whether there was a record" },
    (inner) => ({
      delete: async (key, options) => (await inner.delete(key, options)) || true,
    }),
  ),
  inCollections(
    { name: "delete-of-absent-throws", breaks: "deleting nothing is no error" },
    (inner) => ({
      delete: async (key, options) => {
        if (await inner.delete(key, options)) return true;
        throw new Error("no such record");
      },
    }),
  ),
  inCollections({ name: "delete-leaves-null", breaks: "a deleted record is absent" }, (inner) => ({
    delete: async (key, options) => {
      const there = await inner.delete(key, options);
      if (there && inner.definition.keyMember === undefined) await inner.put(key, null);
      return there;
    },
  })),
  inCollections(
    { name: "patch-replaces", breaks: "patch() keeps members it does not name" },
    (inner) => ({
      patch: (key, members, options) =>
        inner.patch(key, members, options).then(async () => {
          await inner.put(
            key,
            trusted<JsonValue>(members),
            options?.signal === undefined ? {} : { signal: options.signal },
          );
          return trusted<JsonValue>(members);
        }),
    }),
  ),
  inCollections(
    { name: "patch-deep-merges", breaks: "patch() merges at top level only" },
    (inner) => ({
      patch: async (key, members, options) => {
        const there = await inner.get(key);
        const whole = isJsonObject(there) && isJsonObject(trusted<JsonValue>(members));
        return inner.patch(
          key,
          whole ? deepMerged(there, trusted<JsonObject>(members)) : members,
          options,
        );
      },
    }),
  ),
  inCollections(
    { name: "patch-null-removes", breaks: "patch() with null stores null" },
    (inner) => ({
      patch: async (key, members, options) => {
        const whole = await inner.patch(key, members, options);
        if (!isJsonObject(whole)) return whole;
        const kept = Object.fromEntries(
          Object.entries(whole).filter(([, value]) => value !== null),
        );
        return inner.update(key, () => kept);
      },
    }),
  ),
  inCollections(
    {
      name: "patch-undefined-removes",
      breaks: "a member that is undefined in a patch is left as it is",
    },
    (inner) => ({
      patch: async (key, members, options) => {
        const undefinedNames = Object.entries(members ?? {})
          .filter(([, value]) => value === undefined)
          .map(([name]) => name);
        const whole = await inner.patch(key, members, options);
        if (undefinedNames.length === 0 || !isJsonObject(whole)) return whole;
        const kept = Object.entries(whole).filter(([name]) => !undefinedNames.includes(name));
        return inner.update(key, () => Object.fromEntries(kept));
      },
    }),
  ),
  inCollections(
    { name: "patch-ignores-absent", breaks: "patch() creates a record that is absent" },
    (inner) => ({
      patch: async (key, members, options) =>
        (await inner.has(key)) ? inner.patch(key, members, options) : trusted<JsonValue>(members),
    }),
  ),
  inCollections(
    { name: "patch-returns-patch", breaks: "patch() returns the whole record" },
    (inner) => ({
      patch: async (key, members, options) => {
        const copy = trusted<JsonValue>(structuredClone(members));
        await inner.patch(key, members, options);
        return copy;
      },
    }),
  ),
  inCollections(
    { name: "patch-overwrites-non-objects", breaks: "patch() refuses a record that is no object" },
    (inner) => ({
      patch: async (key, members, options) => {
        const there = await inner.get(key).catch(() => undefined);
        if (there !== undefined && !isJsonObject(there)) await inner.put(key, {});
        return inner.patch(key, members, options);
      },
    }),
  ),
  inCollections(
    {
      name: "update-skips-absent",
      breaks: "update() calls its function with undefined where there is no record",
    },
    (inner) => ({
      update: async (key, change, options) => {
        const there = await inner.get(key, options);
        return there === undefined ? null : inner.update(key, change, options);
      },
    }),
  ),
  inCollections(
    { name: "update-returns-before", breaks: "update() returns what was written" },
    (inner) => ({
      update: async (key, change, options) => {
        const before = await inner.get(key, options);
        const after = await inner.update(key, change, options);
        return before ?? after;
      },
    }),
  ),
  inCollections(
    { name: "update-is-get-then-put", breaks: "update() is atomic: no increment is lost" },
    (inner) => ({
      update: async (key, change, options) => {
        const next = change(await inner.get(key, options));
        return inner.update(key, () => next, options);
      },
    }),
  ),
  inCollections(
    { name: "update-swallows-errors", breaks: "what an update's function throws is thrown" },
    (inner) => ({
      update: async (key, change, options) => {
        try {
          return await inner.update(key, change, options);
        } catch (error) {
          if (error instanceof Error && error.name !== "StorageError") return null;
          throw error;
        }
      },
    }),
  ),
];

const many: readonly Mutant[] = [
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

const order: readonly Mutant[] = [
  inCollections(
    { name: "prepend-ignored", breaks: "a prepend collection has its newest record first" },
    (inner, { definition }) => ({
      find: async (query) => {
        const found = await inner.find(query);
        if (definition.order !== "prepend" || query?.orderBy !== undefined) return found;
        return found.toReversed();
      },
    }),
  ),
  inCollections(
    { name: "integer-like-keys-moved", breaks: "keys that look like integers keep their place" },
    (inner) => ({
      find: async (query = {}) => {
        if (query.orderBy !== undefined) return inner.find(query);
        const { limit, ...rest } = query;
        const found = await inner.find(rest);
        const places = Object.keys(Object.fromEntries(found.map(({ key }) => [key, 1])));
        if (limit === 0) return inner.find(query);
        const sorted = found.toSorted(
          (left, right) => places.indexOf(left.key) - places.indexOf(right.key),
        );
        return limit === undefined ? sorted : (await inner.find(query), sorted.slice(0, limit));
      },
    }),
  ),
  inCollections(
    { name: "collection-order-by-key", breaks: "records come in the order they were written in" },
    (inner) => ({
      find: (query = {}) => inner.find({ orderBy: [], ...query }),
      search: async (words, query) =>
        (await inner.search(words, query)).toSorted((left, right) =>
          left.key < right.key ? -1 : 1,
        ),
      async *iterate(query) {
        const all = await Array.fromAsync(inner.iterate(query));
        yield* all.toSorted((left, right) => (left.key < right.key ? -1 : 1));
      },
    }),
  ),
];

/** Writes that do something else than they say. */
export const writeMutants: readonly Mutant[] = [...single, ...many, ...order];
