import {
  type Collection,
  type CollectionDefinition,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import type { CollectionFault } from "./mutant.ts";
import { trusted } from "../proof/trusted.ts";

/** What becomes of a value on its way into the store or out of it. */
export type Rewrite = (value: JsonValue, definition: CollectionDefinition) => JsonValue;

/** Rewrites what is written, however it is written. */
export function onWrite(rewrite: Rewrite): CollectionFault {
  return (inner, { definition }): Partial<Collection> => {
    // What is no JSON value stays the adapter's to refuse.
    const safe = (value: JsonValue): JsonValue => {
      try {
        return value === undefined ? value : rewrite(value, definition);
      } catch {
        return value;
      }
    };
    const all = (entries: Iterable<readonly [string, JsonValue]>): [string, JsonValue][] =>
      Array.from(entries, ([key, value]) => [key, safe(value)]);
    return {
      insert: (key, value, options) => inner.insert(key, safe(value), options),
      put: (key, value, options) => inner.put(key, safe(value), options),
      patch: (key, members, options) => inner.patch(key, trusted(safe(trusted(members))), options),
      update: (key, change, options) =>
        inner.update(key, (current) => safe(change(current)), options),
      putMany: (entries, options) => inner.putMany(all(entries), options),
      replaceAll: (entries, options) => inner.replaceAll(all(entries), options),
    };
  };
}

/** Rewrites what is read, however it is read. */
export function onRead(rewrite: Rewrite): CollectionFault {
  return (inner, { definition }): Partial<Collection> => {
    const one = <E extends { readonly value: JsonValue }>(entry: E): E => ({
      ...entry,
      value: rewrite(entry.value, definition),
    });
    return {
      get: async (key, options) => {
        const value = await inner.get(key, options);
        return value === undefined ? undefined : rewrite(value, definition);
      },
      getMany: async (keys, options) => {
        const found = await inner.getMany(keys, options);
        return new Map(Array.from(found, ([key, value]) => [key, rewrite(value, definition)]));
      },
      entry: async (key, options) => {
        const entry = await inner.entry(key, options);
        return entry && one(entry);
      },
      find: async (query) => (await inner.find(query)).map(one),
      search: async (words, query) => (await inner.search(words, query)).map(one),
      page: async (query) => {
        const page = await inner.page(query);
        return { ...page, entries: page.entries.map(one) };
      },
      async *iterate(query) {
        for await (const entry of inner.iterate(query)) yield one(entry);
      },
    };
  };
}

/** Rewrites every part of a value, innermost first. */
export function deeply(change: (part: JsonValue) => JsonValue): (value: JsonValue) => JsonValue {
  const go = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return change(value.map(go));
    if (!isPlain(value)) return change(value);
    return change(
      Object.fromEntries(Object.entries(value).map(([name, item]) => [name, go(item)])),
    );
  };
  return go;
}

function isPlain(value: unknown): value is JsonObject {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** Rewrites the members of a record at top level. */
export function members(
  change: (all: [string, JsonValue][], definition: CollectionDefinition) => [string, JsonValue][],
): Rewrite {
  return (value, definition) =>
    isJsonObject(value) && isPlain(value)
      ? Object.fromEntries(change(Object.entries(value), definition))
      : value;
}
