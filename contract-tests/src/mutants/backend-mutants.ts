import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type CollectionDefinition,
  isStorageError,
  memoryBackend,
  type StorageBackend,
  StorageError,
} from "@cutover/core";
import type { ContractSubject } from "../subject.ts";
import {
  faultySubject,
  inBackend,
  inCollections,
  isShared,
  type Mutant,
  outlives,
  overlay,
  withDefinition,
} from "./mutant.ts";
import { deeply } from "./rewriting.ts";
import { trusted, untyped } from "../proof/trusted.ts";

type Method = (...call: unknown[]) => unknown;
const calls = [
  "get",
  "getMany",
  "has",
  "entry",
  "insert",
  "put",
  "patch",
  "update",
  "delete",
  "clear",
  "replaceAll",
  "putMany",
  "deleteMany",
  "find",
  "page",
  "count",
  "aggregate",
  "search",
  "deleteExpired",
] as const;

/** Lays one fault over every method of every collection. */
function everyCall(
  name: string,
  breaks: string,
  fault: (inner: Method, call: unknown[]) => Promise<unknown>,
): Mutant {
  return inCollections({ name, breaks }, (inner) =>
    Object.fromEntries(
      calls.map((method) => [
        method,
        (...call: unknown[]) => fault(trusted(inner[method].bind(inner)), call),
      ]),
    ),
  );
}

const signalOf = (call: readonly unknown[]): AbortSignal | undefined =>
  call
    .map((part) =>
      typeof part === "object" && part !== null && "signal" in part ? part.signal : undefined,
    )
    .find((signal) => signal instanceof AbortSignal);
const withoutSignal = (call: readonly unknown[]): unknown[] =>
  call.map((part) => {
    if (typeof part !== "object" || part === null || !("signal" in part)) return part;
    const { signal: _, ...rest } = part;
    return rest;
  });

const aborts: readonly Mutant[] = [
  everyCall("abort-ignored", "an aborted call rejects", async (inner, call) =>
    inner(...withoutSignal(call)),
  ),
  everyCall(
    "abort-reason-wrapped",
    "an aborted call rejects with the signal's own reason",
    async (inner, call) => {
      try {
        return await inner(...call);
      } catch (error) {
        const signal = signalOf(call);
        throw signal?.aborted === true && error === signal.reason
          ? new Error("aborted", { cause: error })
          : error;
      }
    },
  ),
  everyCall(
    "aborted-call-takes-effect",
    "a call that was aborted has changed nothing",
    async (inner, call) => {
      const result = await inner(...withoutSignal(call));
      signalOf(call)?.throwIfAborted();
      return result;
    },
  ),
  inCollections(
    { name: "iterate-ignores-abort", breaks: "an aborted iteration ends with the reason" },
    (inner) => ({
      iterate: (query = {}) =>
        inner.iterate(query.where === undefined ? {} : { where: query.where }),
    }),
  ),
  inBackend(
    {
      hangs: true,
      name: "transaction-ignores-abort",
      breaks: "an aborted transaction is rolled back",
    },
    (inner) => ({
      transaction: (work, { timeoutMs } = {}) =>
        inner.transaction(work, timeoutMs === undefined ? {} : { timeoutMs }),
    }),
  ),
];

const errors: readonly Mutant[] = [
  inCollections({ name: "error-is-absence", breaks: "an error is never an absence" }, (inner) => ({
    get: (key, options) => inner.get(key, options).catch(() => undefined),
    has: (key, options) => inner.has(key, options).catch(() => false),
    find: (query) => inner.find(query).catch(() => []),
  })),
  everyCall("errors-without-code", "errors are StorageErrors", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      throw isStorageError(error) ? new Error(error.message) : error;
    }
  }),
  everyCall("errors-name-nothing", "an error names backend and operation", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const { backend: _, operation: __, ...details } = error.details;
      throw new StorageError(error.code, error.message, details);
    }
  }),
  everyCall("errors-show-values", "no record's value is in a message", async (inner, call) => {
    try {
      return await inner(...call);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      const shown = call
        .map((part) => (typeof part === "bigint" || typeof part === "symbol" ? "?" : safely(part)))
        .join(", ");
      throw new StorageError(error.code, `${error.message} (${shown})`, error.details);
    }
  }),
  everyCall("errors-thrown-at-once", "a refusal is a rejection, not a throw", (inner, call) => {
    const [key] = call;
    if (key === "") throw new StorageError("INVALID_KEY", "the key is empty");
    return trusted(inner(...call));
  }),
];

function safely(part: unknown): string {
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return "?";
  }
}

const closing: readonly Mutant[] = [
  inBackend(
    {
      name: "use-after-close-works",
      breaks: "a closed backend refuses every call with BACKEND_CLOSED",
    },
    () => ({
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  ),
  inBackend({ name: "close-twice-throws", breaks: "closing twice is fine" }, (inner) => {
    let closed = false;
    return {
      close: async () => {
        if (closed) throw new StorageError("BACKEND_CLOSED", "closed already");
        closed = true;
        await inner.close();
      },
    };
  }),
  inBackend(
    { name: "close-does-not-wait", breaks: "close() waits for calls under way" },
    (inner) => ({
      close: async () => {
        inner.close().catch(() => undefined);
      },
    }),
  ),
  inBackend({ name: "dispose-does-not-close", breaks: "disposing closes" }, () => ({
    [Symbol.asyncDispose]: async () => undefined,
  })),
  inBackend(
    { name: "closed-is-io-error", breaks: "use after close is BACKEND_CLOSED" },
    (inner) => ({
      collection: (definition) => {
        try {
          return inner.collection(definition);
        } catch (cause) {
          throw isStorageError(cause, "BACKEND_CLOSED")
            ? new StorageError("IO_FAILED", "closed", { cause })
            : cause;
        }
      },
      info: (options) =>
        inner.info(options).catch((cause: unknown) => {
          throw isStorageError(cause, "BACKEND_CLOSED")
            ? new StorageError("IO_FAILED", "closed", { cause })
            : cause;
        }),
    }),
  ),
];

const told: readonly Mutant[] = [
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

const needsBackup: NonNullable<Mutant["appliesTo"]> = ({ backup }) => backup;
const backups: readonly Mutant[] = [
  {
    ...inBackend({ name: "backup-incomplete", breaks: "a backup holds everything" }, (inner) => ({
      backup: async (destination, options) => {
        const manifest = await inner.backup(destination, options);
        const [largest] = manifest.files.toSorted(
          (left, right) => right.sizeBytes - left.sizeBytes,
        );
        if (largest !== undefined)
          await rm(
            (await stat(destination)).isDirectory() ? join(destination, largest.path) : destination,
          );
        return manifest;
      },
    })),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      { name: "backup-overwrites", breaks: "a backup goes to a path that does not exist yet" },
      (inner) => ({
        backup: async (destination, options) => {
          await rm(destination, { recursive: true, force: true });
          return inner.backup(destination, options);
        },
      }),
    ),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      {
        name: "backup-manifest-empty",
        breaks: "a backup's manifest tells its files and collections",
      },
      (inner) => ({
        backup: async (destination, options) => ({
          ...(await inner.backup(destination, options)),
          files: [],
          collections: [],
        }),
      }),
    ),
    appliesTo: needsBackup,
  },
  {
    ...inBackend(
      { name: "backup-empties-store", breaks: "a backup changes nothing in the store" },
      (inner, { collections }) => ({
        backup: async (destination, options) => {
          const manifest = await inner.backup(destination, options);
          for (const definition of collections) await inner.collection(definition).clear();
          return manifest;
        },
      }),
    ),
    appliesTo: needsBackup,
  },
];

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

const lasting: readonly Mutant[] = [
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
];

const shared: readonly Mutant[] = [
  {
    ...inCollections(
      {
        name: "stale-across-processes",
        breaks: "a write of another process is seen by the next read",
      },
      (inner, { inTransaction }) => {
        if (inTransaction) return {};
        const cache = new Map<string, unknown>();
        const cached = async <T>(name: string, read: () => Promise<T>): Promise<T> => {
          if (!cache.has(name)) cache.set(name, await read());
          return trusted(structuredClone(cache.get(name)));
        };
        const writing =
          (
            method:
              | "put"
              | "update"
              | "delete"
              | "insert"
              | "putMany"
              | "clear"
              | "patch"
              | "replaceAll"
              | "deleteMany"
              | "deleteExpired",
          ) =>
          (...call: unknown[]): unknown => {
            cache.clear();
            return Promise.resolve(Reflect.apply(inner[method], inner, call)).finally(() =>
              cache.clear(),
            );
          };
        const writes = [
          "put",
          "update",
          "delete",
          "insert",
          "putMany",
          "clear",
          "patch",
          "replaceAll",
          "deleteMany",
          "deleteExpired",
        ] as const;
        return {
          get: (key, options) =>
            options?.signal === undefined
              ? cached(`get ${key}`, () => inner.get(key))
              : inner.get(key, options),
          has: (key, options) =>
            options?.signal === undefined
              ? cached(`has ${key}`, () => inner.has(key))
              : inner.has(key, options),
          find: (query) =>
            query === undefined ? cached("find", () => inner.find()) : inner.find(query),
          ...Object.fromEntries(writes.map((method) => [method, writing(method)])),
        };
      },
    ),
    appliesTo: isShared,
  },
];

const schema: readonly Mutant[] = [
  withDefinition(
    { name: "schema-ignored", breaks: "a record that the schema refuses is refused" },
    (definition) =>
      definition.schema === undefined ? definition : { ...definition, schema: undefined },
  ),
  withDefinition(
    { name: "schema-ignored-in-batches", breaks: "a batch is validated as single writes are" },
    (definition) =>
      definition.schema === undefined ? definition : { ...definition, schema: undefined },
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const result = await definition.schema?.["~standard"].validate(value);
        if (result?.issues !== undefined) {
          const issues = result.issues.map(({ message }) => ({ message, path: "$" }));
          throw new StorageError("VALIDATION_FAILED", "the schema refuses it", { issues });
        }
        await inner.put(key, value, options);
      },
    }),
  ),
  withDefinition(
    { name: "schema-result-stored", breaks: "validation changes nothing" },
    (definition) => definition,
    (inner, { definition }) => ({
      put: async (key, value, options) => {
        const result = await definition.schema?.["~standard"].validate(value);
        const stored = result !== undefined && result.issues === undefined ? result.value : value;
        await inner.put(key, untyped(stored), options);
      },
    }),
  ),
  withDefinition(
    {
      name: "key-member-not-checked",
      breaks: "a record repeats its key in the key member, or is refused",
    },
    (definition) =>
      definition.keyMember === undefined || definition.file.shape === "array"
        ? definition
        : { ...definition, keyMember: undefined },
  ),
];

/** Faults of backends as a whole: aborts, errors, closing, what they tell, what lasts. */
export const backendMutants: readonly Mutant[] = [
  ...aborts,
  ...errors,
  ...closing,
  ...told,
  ...backups,
  ...lasting,
  ...shared,
  ...schema,
];
