import { alreadyExists, type JsonValue, StorageError } from "@cutover/core";
import { trusted, untyped } from "../proof/trusted.ts";
import { inBackend, inCollections, type Mutant, overlay } from "./mutant.ts";

/** Transactions that end otherwise than their work. */
export const transactionMutants: readonly Mutant[] = [
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
