import { type CollectionDefinition, isStorageError } from "@cutover/core";
import { trusted, untyped } from "../proof/trusted.ts";
import { inBackend, inCollections, type Mutant } from "./mutant.ts";

/** Backends that tell of themselves what is not so, and calls out of order. */
export const reportMutants: readonly Mutant[] = [
  inBackend(
    { name: "info-missing-exists", breaks: "info() tells a missing collection from an empty one" },
    (inner) => ({
      info: async (options) => {
        const info = await inner.info(options);
        return { ...info, collections: info.collections.map((one) => ({ ...one, exists: true })) };
      },
    }),
  ),
  inBackend({ name: "info-empty-is-missing", breaks: "an emptied collection exists" }, (inner) => ({
    info: async (options) => {
      const info = await inner.info(options);
      return {
        ...info,
        collections: info.collections.map((one) => ({ ...one, exists: one.records > 0 })),
      };
    },
  })),
  inBackend(
    { name: "info-counts-nothing", breaks: "info() counts the records stored" },
    (inner) => ({
      info: async (options) => {
        const info = await inner.info(options);
        return { ...info, collections: info.collections.map((one) => ({ ...one, records: 0 })) };
      },
    }),
  ),
  inBackend(
    { name: "kind-differs-in-info", breaks: "info() tells the backend's kind" },
    (inner) => ({
      info: async (options) => ({ ...(await inner.info(options)), kind: "other" }),
    }),
  ),
  inBackend(
    { name: "other-definition-accepted", breaks: "another definition of a name in use is refused" },
    (inner) => {
      const known = new Map<string, CollectionDefinition>();
      return {
        collection: (definition) => {
          try {
            const found = inner.collection(definition);
            known.set(definition.name, trusted(definition));
            return found;
          } catch (error) {
            const first = known.get(definition.name);
            if (!isStorageError(error, "CONFIG_INVALID") || first === undefined) throw error;
            return untyped(inner.collection(first));
          }
        },
      };
    },
  ),
  inCollections(
    { name: "relevance-silently-ignored", breaks: "an order that is not supported is refused" },
    (inner) => ({
      search: (words, query = {}) => inner.search(words, { ...query, order: "collection" }),
    }),
  ),
  {
    ...inBackend(
      { name: "backup-pretended", breaks: "a backup that is not supported is refused" },
      (inner) => ({
        backup: async (destination) => ({
          kind: inner.kind,
          destination,
          files: [],
          collections: [],
        }),
      }),
    ),
    appliesTo: ({ backup }) => !backup,
  },
  inCollections(
    { name: "writes-out-of-order", breaks: "writes take effect in the order of the calls" },
    (inner) => {
      let turn = 0;
      return {
        put: async (key, value, options) => {
          const copy = structuredClone(value);
          if (turn++ % 2 === 0)
            await new Promise<void>((resolve) => {
              setImmediate(resolve);
            });
          await inner.put(key, copy, options);
        },
      };
    },
  ),
];
