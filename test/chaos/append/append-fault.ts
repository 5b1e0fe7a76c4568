import { setImmediate } from "node:timers/promises";
import type {
  Collection,
  CollectionDefinition,
  JsonValue,
  StorageBackend,
  Transaction,
} from "@cutover/core";

type Weaken = (backend: StorageBackend) => StorageBackend;

/** The same object with some methods of its own. */
function withMethods<T extends object>(whole: T, own: object): T {
  return new Proxy(whole, {
    get: (_target, name) => {
      const from = Object.hasOwn(own, name) ? own : whole;
      const member: unknown = Reflect.get(from, name, from);
      return typeof member === "function" ? member.bind(from) : member;
    },
  });
}

type Records = Collection;
const withCollections = (
  backend: StorageBackend,
  own: (records: Records) => Partial<Records>,
): StorageBackend =>
  withMethods(backend, {
    collection: (definition: CollectionDefinition) => {
      const records = backend.collection(definition);
      return withMethods(records, own(records));
    },
  });

/** Answers reads of several records from what it read a while ago. */
const staleSnapshot: Weaken = (backend) => {
  const caches = new Map<string, Map<string, JsonValue>>();
  let reads = 0;
  return withCollections(backend, (records) => ({
    getMany: async (keys) => {
      reads += 1;
      const place = `${records.definition.name} ${keys.join()}`;
      const cached = caches.get(place);
      if (cached !== undefined && reads % 4 !== 0) return cached;
      const fresh = await records.getMany(keys);
      caches.set(place, fresh);
      return fresh;
    },
  }));
};

/** Reads and writes in two steps. */
const lostUpdate: Weaken = (backend) =>
  withCollections(backend, (records) => ({
    update: async (key, change) => {
      const next = change(await records.get(key));
      await setImmediate();
      await records.put(key, next);
      return next;
    },
  }));

/** Says that it has written when it has not begun to. */
const earlyAnswer: Weaken = (backend) =>
  withCollections(backend, (records) => ({
    update: async (key, change) => {
      const next = change(await records.get(key));
      void setImmediate().then(() => records.update(key, change).catch(() => undefined));
      return next;
    },
  }));

/** Transactions that write at once, and take nothing back. */
const torn: Weaken = (backend) =>
  withMethods(backend, {
    transaction: (work: (tx: Transaction) => Promise<unknown>) => work(backend),
  });

/** Makes a change twice now and then, as one who tries again without looking does. */
const repeated: Weaken = (backend) => {
  let updates = 0;
  return withCollections(backend, (records) => ({
    update: async (key, change) => {
      updates += 1;
      if (updates % 10 === 0) await records.update(key, change);
      return records.update(key, change);
    },
  }));
};

/** Transactions whose reads are not looked at again when they commit: only what they write is. */
const uncheckedReads: Weaken = (backend) =>
  withMethods(backend, {
    transaction: async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
      for (;;) {
        const attempt = new UncheckedAttempt(backend);
        const result = await work(attempt.transaction);
        if (await attempt.commit()) return result;
      }
    },
  });

class UncheckedAttempt {
  readonly #backend: StorageBackend;
  readonly #reads = new Map<string, JsonValue | undefined>();
  readonly #writes = new Map<
    string,
    { readonly definition: CollectionDefinition; readonly key: string; value: JsonValue }
  >();

  constructor(backend: StorageBackend) {
    this.#backend = backend;
  }

  get transaction(): Transaction {
    return withMethods<Transaction>(this.#backend, {
      collection: (definition: CollectionDefinition) => {
        const records = this.#backend.collection(definition);
        const place = (key: string): string => `${definition.name} ${key}`;
        const get = async (key: string): Promise<JsonValue | undefined> => {
          const written = this.#writes.get(place(key));
          if (written !== undefined) return written.value;
          const value = await records.get(key);
          if (!this.#reads.has(place(key))) this.#reads.set(place(key), value);
          return value;
        };
        const put = async (key: string, value: JsonValue): Promise<void> => {
          this.#writes.set(place(key), { definition, key, value });
        };
        return withMethods(records, { get, put });
      },
    });
  }

  /** @returns false if something that was to be written had changed */
  async commit(): Promise<boolean> {
    return this.#backend.transaction(async (tx) => {
      for (const [place, { definition, key }] of this.#writes) {
        const now = await tx.collection(definition).get(key);
        if (JSON.stringify(now) !== JSON.stringify(this.#reads.get(place))) return false;
      }
      for (const { definition, key, value } of this.#writes.values())
        await tx.collection(definition).put(key, value);
      return true;
    });
  }
}

/** The fault of a process that goes on by the stage of a unit that it saw first: see `StaleControl`. */
export const staleStage = "staleStage";

/** Stores with a fault of their own, to see whether a history of them gives it away. */
export const appendFaults: Readonly<Record<string, Weaken>> = {
  staleSnapshot,
  lostUpdate,
  earlyAnswer,
  torn,
  repeated,
  uncheckedReads,
};
