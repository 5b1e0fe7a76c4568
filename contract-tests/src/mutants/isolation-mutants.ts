import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Collection,
  type CollectionDefinition,
  type StorageBackend,
  type Transaction,
} from "@cutover/core";
import { trusted } from "../proof/trusted.ts";
import { inBackend, type Mutant, overlay } from "./mutant.ts";
import { type Recorded, recording } from "./recording.ts";

class Undone extends Error {}

/** Calls made through it are not inside any transaction. */
type Outside = <T>(work: () => T) => T;
const outsideOf = (): Outside => AsyncLocalStorage.snapshot();

const reads = [
  "get",
  "getMany",
  "has",
  "entry",
  "find",
  "page",
  "count",
  "aggregate",
  "search",
] as const;

function readingOutside(
  backend: StorageBackend,
  outside: Outside,
  definition: CollectionDefinition,
): Partial<Collection> {
  const beside = outside(() => backend.collection(definition));
  return Object.fromEntries(
    reads.map((name) => [
      name,
      (...call: readonly unknown[]) => outside(() => Reflect.apply(beside[name], beside, call)),
    ]),
  );
}

/** Transactions that are not kept apart, and backends that are not kept out of them. */
export const isolationMutants: readonly Mutant[] = [
  inBackend(
    {
      name: "transaction-is-none",
      breaks: "a transaction is all or nothing, and nobody sees half of it",
    },
    (inner) => ({
      transaction: (work) => work({ collection: (definition) => inner.collection(definition) }),
    }),
  ),
  inBackend(
    {
      name: "transaction-step-by-step",
      breaks: "nobody sees half of a transaction over two collections, in this process or another",
    },
    (inner) => ({
      transaction: (work) =>
        work({
          collection: (definition) => {
            const own = inner.collection(definition);
            return overlay(own, {
              put: async (...call: Parameters<typeof own.put>) => {
                await own.put(...call);
                // As much else to do between its steps as an application has.
                await new Promise((resolve) => {
                  setTimeout(resolve, 5);
                });
              },
            });
          },
        }),
    }),
  ),
  inBackend(
    { name: "transaction-not-serialisable", breaks: "transactions are serialisable" },
    (inner) => ({
      transaction: async (work, options) => {
        let writes: Recorded[] = [];
        let result: { readonly value: unknown } | undefined;
        const dry = inner.transaction(async (tx) => {
          writes = [];
          result = { value: await work(recording(tx, (write) => writes.push(write))) };
          throw new Undone();
        }, options);
        await dry.catch((error: unknown) => {
          if (!(error instanceof Undone)) throw error;
        });
        if (writes.length > 0) {
          await inner.transaction(async (tx) => {
            for (const write of writes) await write(tx);
          }, options);
        }
        return trusted(result?.value);
      },
    }),
  ),
  inBackend(
    { name: "transaction-blind-to-itself", breaks: "a transaction sees its own writes" },
    (inner) => {
      const outside = outsideOf();
      return {
        transaction: (work, options) =>
          inner.transaction(
            (tx) =>
              work({
                collection: trusted((definition: CollectionDefinition) => {
                  const own: Collection = trusted(tx.collection(definition));
                  return overlay(own, readingOutside(inner, outside, definition));
                }),
              }),
            options,
          ),
      };
    },
  ),
  inBackend(
    { name: "transaction-visible-half-way", breaks: "nobody sees half of a transaction" },
    (inner) => {
      const outside = outsideOf();
      let open: { readonly tx: Transaction } | undefined;
      return {
        transaction: async (work, options) =>
          inner.transaction(async (tx) => {
            open = { tx };
            try {
              return await work(tx);
            } finally {
              open = undefined;
            }
          }, options),
        collection: (definition) => {
          const own = inner.collection(definition);
          const peek: Pick<typeof own, "get" | "find"> = {
            get: async (key, options) =>
              open === undefined
                ? own.get(key, options)
                : outside(() => open?.tx.collection(definition).get(key, options)),
            find: async (query) =>
              open === undefined
                ? own.find(query)
                : await open.tx.collection(definition).find(query),
          };
          return overlay(own, peek);
        },
      };
    },
  ),
  inBackend(
    {
      name: "backend-permitted-inside",
      breaks: "the backend itself refuses calls inside a transaction",
    },
    (inner) => {
      const outside = outsideOf();
      return {
        collection: (definition) => {
          const own = inner.collection(definition);
          return overlay(own, trusted(readingOutside(inner, outside, trusted(definition))));
        },
      };
    },
  ),
  inBackend(
    {
      hangs: true,
      name: "backend-inside-hangs",
      breaks: "the backend inside a transaction fails at once",
    },
    (inner) => {
      const outside = outsideOf();
      return {
        collection: (definition) => {
          const own = inner.collection(definition);
          return overlay(own, {
            put: (...call: Parameters<typeof own.put>) => outside(() => own.put(...call)),
          });
        },
        transaction: (work, options) => outside(() => inner.transaction(work, options)),
      };
    },
  ),
  inBackend(
    {
      name: "iterate-in-a-transaction",
      breaks: "iterate() holds no lock: others write while it streams",
      hangs: true,
    },
    (inner) => ({
      collection: (definition) => {
        const own = inner.collection(definition);
        return overlay(own, {
          async *iterate({ where } = {}) {
            const found = Promise.withResolvers<Awaited<ReturnType<typeof own.find>>>();
            const consumed = Promise.withResolvers<void>();
            const held = inner.transaction(async (tx) => {
              const query = where === undefined ? {} : { where };
              found.resolve(await tx.collection(definition).find(query));
              await consumed.promise;
            });
            held.catch(found.reject);
            try {
              yield* await found.promise;
            } finally {
              consumed.resolve();
              await held;
            }
          },
        });
      },
    }),
  ),
];
