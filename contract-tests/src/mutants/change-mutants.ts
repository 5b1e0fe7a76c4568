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

/** Patches and updates that do something else than they say. */
export const changeMutants: readonly Mutant[] = [
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
