import type { JsonValue } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";

interface Handed {
  readonly text: string;
  readonly object: JsonValue;
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

/** Values that the store and its callers share. */
export const aliasMutants: readonly Mutant[] = [
  inCollections(
    {
      name: "get-returns-live-object",
      breaks: "changing what was got changes nothing in the store",
    },
    (inner) => {
      const handed = new Map<string, Handed>();
      return {
        get: async (key, options) => {
          const value = await inner.get(key, options);
          if (value === undefined) return undefined;
          const text = JSON.stringify(value);
          const before = handed.get(key);
          if (before?.text === text) return before.object;
          handed.set(key, { text, object: value });
          return value;
        },
      };
    },
  ),
  inCollections(
    {
      name: "find-returns-live-objects",
      breaks: "changing what was found changes nothing in the store",
    },
    (inner) => {
      const handed = new Map<string, Handed>();
      return {
        find: async (query) => {
          const found = await inner.find(query);
          return found.map(({ key, value }) => {
            const text = JSON.stringify(value);
            const before = handed.get(key);
            if (before?.text === text) return { key, value: before.object };
            handed.set(key, { text, object: value });
            return { key, value };
          });
        },
      };
    },
  ),
  inCollections(
    {
      name: "put-keeps-callers-object",
      breaks: "changing what was put changes nothing in the store",
    },
    (inner) => {
      const kept = new Map<string, Handed>();
      return {
        put: async (key, value, options) => {
          await inner.put(key, value, options);
          const stored = await inner.get(key);
          if (stored !== undefined) kept.set(key, { text: JSON.stringify(stored), object: value });
        },
        get: async (key, options) => {
          const value = await inner.get(key, options);
          const mine = kept.get(key);
          return value !== undefined && mine?.text === JSON.stringify(value) ? mine.object : value;
        },
      };
    },
  ),
  inCollections(
    { name: "values-taken-late", breaks: "a value is taken when the call is made" },
    (inner) => ({
      put: async (key, value, options) => {
        await Promise.resolve();
        await inner.put(key, value, options);
      },
    }),
  ),
  inCollections(
    { name: "batches-taken-late", breaks: "a batch is taken when the call is made" },
    (inner) => ({
      putMany: async (entries, options) => {
        await Promise.resolve();
        await inner.putMany(entries, options);
      },
      replaceAll: async (entries, options) => {
        await Promise.resolve();
        await inner.replaceAll(entries, options);
      },
    }),
  ),
  inCollections(
    { name: "results-frozen", breaks: "values you get out are yours to change" },
    (inner) => ({
      get: async (key, options) => {
        const value = await inner.get(key, options);
        freeze(value);
        return value;
      },
      find: async (query) => {
        const found = await inner.find(query);
        freeze(found);
        return found;
      },
    }),
  ),
  inCollections(
    { name: "put-freezes-callers-object", breaks: "values you pass in stay yours to change" },
    (inner) => ({
      put: async (key, value, options) => {
        const done = inner.put(key, value, options);
        if (typeof value === "object" && value !== null) Object.freeze(value);
        await done;
      },
    }),
  ),
  inCollections(
    {
      name: "update-hands-out-live-object",
      breaks: "a function that throws after changing what it got has changed nothing",
    },
    (inner) => ({
      update: async (key, change, options) => {
        try {
          return await inner.update(key, change, options);
        } catch (error) {
          const there = await inner.get(key).catch(() => undefined);
          if (typeof there !== "object" || there === null) throw error;
          try {
            change(there);
          } catch {
            await inner.put(key, there);
          }
          throw error;
        }
      },
    }),
  ),
];
