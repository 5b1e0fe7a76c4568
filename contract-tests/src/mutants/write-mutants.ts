import { alreadyExists, isJsonObject, isStorageError } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";

/** Single writes that do something else than they say. */
export const writeMutants: readonly Mutant[] = [
  inCollections(
    { name: "put-never-overwrites", breaks: "put() overwrites what is there" },
    (inner) => ({
      put: async (key, value, options) =>
        (await inner.has(key)) ? undefined : inner.put(key, value, options),
    }),
  ),
  inCollections(
    {
      name: "put-gives-way-to-an-insert",
      breaks: "a put is not done because another record has just come",
    },
    (inner) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        if (options?.ifVersion !== undefined || (await inner.has(key)))
          return inner.put(key, copy, options);
        await inner.insert(key, copy, options).catch((error: unknown) => {
          if (!isStorageError(error, "ALREADY_EXISTS")) throw error;
          if (error.details.constraint !== "key") throw error;
        });
      },
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
      name: "insert-looks-then-puts",
      breaks: "of several inserts of one key at once, in one process or many, one wins",
    },
    (inner, { definition }) => ({
      insert: async (key, value, options) => {
        const copy = structuredClone(value);
        if (await inner.has(key, options)) throw alreadyExists(definition, key, "key");
        await inner.put(key, copy, options);
      },
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
    {
      name: "timed-out-write-still-happens",
      breaks: "a call that was rejected has changed nothing, then or later",
    },
    (inner) => ({
      put: async (key, value, options) => {
        const copy = structuredClone(value);
        try {
          await inner.put(key, copy, options);
        } catch (error) {
          if (isStorageError(error, "LOCK_TIMEOUT")) tryOn(() => inner.put(key, copy));
          throw error;
        }
      },
    }),
  ),
];

/** Goes on in the background until it succeeds. */
function tryOn(write: () => Promise<void>): void {
  write().catch(() => setTimeout(() => tryOn(write), 5).unref());
}
