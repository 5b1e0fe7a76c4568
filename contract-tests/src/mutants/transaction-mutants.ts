import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Collection,
  type CollectionDefinition,
  type CollectionOperations,
  alreadyExists,
  type JsonValue,
  type StorageBackend,
  StorageError,
  type Transaction,
} from "@cutover/core";
import { inBackend, inCollections, type Mutant, overlay } from "./mutant.ts";
import { trusted, untyped } from "../proof/trusted.ts";

type Recorded = (tx: Transaction) => Promise<unknown>;
const recordable = [
  "insert",
  "put",
  "patch",
  "delete",
  "clear",
  "replaceAll",
  "putMany",
  "deleteMany",
  "deleteExpired",
  "update",
] as const;

/** Notes every write that is made through a transaction, so that it can be made again. */
function recording(tx: Transaction, record: (write: Recorded) => void): Transaction {
  const collection = (definition: CollectionDefinition): CollectionOperations => {
    const inner = tx.collection(definition);
    const writes = Object.fromEntries(
      recordable.map((name) => [
        name,
        (...call: readonly unknown[]) => {
          const again = structuredCall(call);
          record((later) => Reflect.apply(later.collection(definition)[name], later, again));
          return Reflect.apply(inner[name], inner, call);
        },
      ]),
    );
    return overlay(inner, writes);
  };
  return { collection: trusted(collection) };
}

function structuredCall(call: readonly unknown[]): unknown[] {
  return call.map((part) => {
    if (typeof part === "function" || part instanceof AbortSignal) return part;
    if (typeof part === "object" && part !== null && "signal" in part) return {};
    return structuredClone(
      Array.isArray(part) || !(typeof part === "object" && part !== null && Symbol.iterator in part)
        ? part
        : [...trusted<Iterable<unknown>>(part)],
    );
  });
}

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

/** Transactions that are none. */
export const transactionMutants: readonly Mutant[] = [
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
      name: "transaction-commits-on-error",
      breaks: "a transaction whose work throws has changed nothing",
    },
    (inner) => ({
      transaction: async (work, options) => {
        let failure: { readonly error: unknown } | undefined;
        const result = await inner.transaction(async (tx) => {
          try {
            return await work(tx);
          } catch (error) {
            failure = { error };
            return undefined;
          }
        }, options);
        if (failure !== undefined) throw trusted<{ readonly error: unknown }>(failure).error;
        return trusted(result);
      },
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
  inCollections(
    {
      name: "transaction-goes-on-after-failure",
      breaks: "a failed operation makes the transaction unusable",
    },
    (inner, { definition, inTransaction }) =>
      inTransaction
        ? {
            insert: async (key, value, options) => {
              if (await inner.has(key)) throw alreadyExists(definition, key, "key");
              await inner.insert(key, value, options);
            },
          }
        : {},
  ),
  inBackend(
    {
      name: "transaction-usable-after-end",
      breaks: "a transaction that has ended is good for nothing",
    },
    (inner) => ({
      transaction: (work, options) =>
        inner.transaction(async (tx) => {
          let ended = false;
          try {
            return await work({
              collection: (definition) => {
                const own = tx.collection(definition);
                const late = {
                  put: (key: string, value: JsonValue) =>
                    (ended ? inner.collection(definition) : own).put(key, untyped(value)),
                  get: (key: string) => (ended ? inner.collection(definition) : own).get(key),
                };
                return overlay(own, late);
              },
            });
          } finally {
            ended = true;
          }
        }, options),
    }),
  ),
  inBackend(
    {
      name: "transaction-waits-for-unawaited",
      breaks: "work that ends before its operations is refused",
    },
    (inner) => ({
      transaction: (work, options) =>
        inner.transaction(async (tx) => {
          const pending: Promise<unknown>[] = [];
          const noted = <T>(promise: Promise<T>): Promise<T> => {
            pending.push(promise.catch(() => undefined));
            return promise;
          };
          const result = await work({
            collection: (definition) => {
              const own = tx.collection(definition);
              return overlay(own, {
                put: (...call: Parameters<typeof own.put>) => noted(own.put(...call)),
              });
            },
          });
          await Promise.all(pending);
          return result;
        }, options),
    }),
  ),
  inBackend(
    {
      hangs: true,
      name: "transaction-without-timeout",
      breaks: "a transaction that outlives its time is rolled back",
    },
    (inner) => ({
      transaction: (work, options = {}) =>
        inner.transaction(work, { ...options, timeoutMs: 600_000 }),
    }),
  ),
  inBackend(
    { name: "transaction-result-lost", breaks: "transaction() returns what its work returned" },
    (inner) => ({
      transaction: async (work, options) => {
        await inner.transaction(work, options);
        return untyped(undefined);
      },
    }),
  ),
  inBackend(
    {
      name: "transaction-error-wrapped",
      breaks: "what the work throws is thrown, not something about it",
    },
    (inner) => ({
      transaction: (work, options) =>
        inner.transaction(work, options).catch((cause: unknown) => {
          throw cause instanceof StorageError
            ? cause
            : new StorageError("IO_FAILED", "the transaction failed", { cause });
        }),
    }),
  ),
  inBackend(
    { name: "transaction-error-swallowed", breaks: "a transaction whose work throws rejects" },
    (inner) => ({
      transaction: (work, options) =>
        inner.transaction(work, options).catch((error: unknown) => {
          if (error instanceof StorageError) throw error;
          return untyped(undefined);
        }),
    }),
  ),
  inBackend(
    { name: "transaction-of-one-collection", breaks: "a transaction spans collections" },
    (inner) => ({
      transaction: (work, options) =>
        inner.transaction((tx) => {
          let first: string | undefined;
          return work({
            collection: (definition) => {
              first ??= definition.name;
              const own = tx.collection(definition);
              if (first === definition.name) return own;
              return overlay(own, {
                put: async () => undefined,
                insert: async () => undefined,
              });
            },
          });
        }, options),
    }),
  ),
];
