import { readdir } from "node:fs/promises";
import { type CollectionDefinition, memoryBackend, type StorageBackend } from "@cutover/core";
import type { ContractSubject } from "../subject.ts";
import { faultySubject, inCollections, type Mutant, outlives, overlay } from "./mutant.ts";
import { deeply } from "./rewriting.ts";

/** Changes the records of a store that is opened a second time. */
function onReopen(
  name: string,
  breaks: string,
  change: (backend: StorageBackend, collections: readonly CollectionDefinition[]) => Promise<void>,
): Mutant {
  return {
    name,
    breaks,
    appliesTo: outlives,
    spoil: (subject): ContractSubject => ({
      ...subject,
      open: async (location, options) => {
        const before = await readdir(location).catch(() => []);
        const backend = await subject.open(location, options);
        if (before.length > 0) await change(backend, options.collections);
        return backend;
      },
    }),
  };
}

const sortedMembers = deeply((part) =>
  typeof part === "object" && part !== null && !Array.isArray(part)
    ? Object.fromEntries(
        Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)),
      )
    : part,
);

/** Writes that do not last. */
export const lastingMutants: readonly Mutant[] = [
  {
    name: "data-lost-on-reopen",
    breaks: "what was written is there after a reopening",
    appliesTo: outlives,
    spoil: (subject) =>
      faultySubject(subject, (backend, { options: { clock } }) => {
        const { capabilities, kind } = backend;
        const memory = memoryBackend(clock === undefined ? {} : { clock });
        return overlay(memory, {
          capabilities,
          kind,
          close: async () => {
            await memory.close();
            await backend.close();
          },
        });
      }),
  },
  onReopen(
    "order-lost-on-reopen",
    "the order of records survives a reopening",
    async (backend, collections) => {
      for (const definition of collections) {
        const collection = backend.collection(definition);
        const sorted = await collection.find({ orderBy: [] });
        if (sorted.length > 1)
          await collection.replaceAll(sorted.map(({ key, value }) => [key, value]));
      }
    },
  ),
  onReopen(
    "member-order-lost-on-reopen",
    "member order survives a reopening",
    async (backend, collections) => {
      for (const definition of collections) {
        const collection = backend.collection(definition);
        for (const { key, value } of await collection.find())
          await collection.put(key, sortedMembers(value));
      }
    },
  ),
  onReopen(
    "nulls-lost-on-reopen",
    "explicit nulls survive a reopening",
    async (backend, collections) => {
      for (const definition of collections) {
        const collection = backend.collection(definition);
        for (const { key, value } of await collection.find()) {
          if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
          await collection.put(
            key,
            Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null)),
          );
        }
      }
    },
  ),
  {
    name: "last-write-lost-on-close",
    breaks: "an acknowledged write survives closing",
    appliesTo: outlives,
    spoil: (subject) =>
      faultySubject(subject, (backend) => {
        let undo: (() => Promise<unknown>) | undefined;
        return overlay<StorageBackend>(backend, {
          collection: (definition) => {
            const own = backend.collection(definition);
            return overlay(own, {
              put: async (key, value, options) => {
                const copy = structuredClone(value);
                const before = await own.get(key).catch(() => undefined);
                await own.put(key, copy, options);
                undo = () => (before === undefined ? own.delete(key) : own.put(key, before));
              },
            });
          },
          close: async () => {
            await undo?.().catch(() => undefined);
            undo = undefined;
            await backend.close();
          },
        });
      }),
  },
  {
    ...inCollections(
      {
        name: "acknowledged-before-written",
        breaks: "a write that resolved survives the end of the process",
      },
      (inner, { inTransaction }) => {
        if (inTransaction) return {};
        let last: Promise<unknown> = Promise.resolve();
        const flushed = async (): Promise<void> => {
          await last;
        };
        return {
          put: async (key, value, options) => {
            if (options?.ifVersion !== undefined || options?.signal !== undefined)
              return inner.put(key, value, options);
            const copy = structuredClone(value);
            last = last
              .then(
                () =>
                  new Promise((resolve) => {
                    setTimeout(resolve, 5);
                  }),
              )
              .then(() => inner.put(key, copy))
              .catch(() => undefined);
          },
          get: (key, options) => flushed().then(() => inner.get(key, options)),
          find: (query) => flushed().then(() => inner.find(query)),
          count: (where, options) => flushed().then(() => inner.count(where, options)),
          has: (key, options) => flushed().then(() => inner.has(key, options)),
          update: (key, change, options) =>
            flushed().then(() => inner.update(key, change, options)),
        };
      },
    ),
    appliesTo: outlives,
  },
  {
    name: "outlives-what-it-promises",
    breaks: "where durability is none, the data is gone with the backend",
    appliesTo: (capabilities) => !outlives(capabilities),
    spoil: (subject) => {
      const open = new Map<string, Promise<StorageBackend>>();
      return {
        ...subject,
        open: async (location, options) => {
          const backend = open.get(location) ?? subject.open(location, options);
          open.set(location, backend);
          return overlay(await backend, {
            close: async () => undefined,
            [Symbol.asyncDispose]: async () => undefined,
          });
        },
      };
    },
  },
];
