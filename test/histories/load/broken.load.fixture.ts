import { setImmediate } from "node:timers/promises";
import type { Collection, CollectionDefinition, StorageBackend } from "@cutover/core";
import { collections, open as openSqlite } from "./sqlite.load.fixture.ts";
import type { LoadRecord } from "./load-record.ts";

export { collections };

type Records = Collection<LoadRecord>;

/** The methods in which a faulty collection differs. */
type Fault = (records: Records) => Partial<Records>;

/** Answers most reads from what it read or wrote itself before. */
const staleReads = (): Fault => {
  const caches = new Map<string, Map<string, LoadRecord | undefined>>();
  let reads = 0;
  return (records) => {
    const { name } = records.definition;
    const cache = caches.get(name) ?? new Map<string, LoadRecord | undefined>();
    caches.set(name, cache);
    return {
      get: async (key) => {
        if (++reads % 8 === 0) cache.clear();
        if (!cache.has(key)) cache.set(key, await records.get(key));
        return cache.get(key);
      },
      put: async (key, value, options) => {
        await records.put(key, value, options);
        cache.set(key, value);
      },
    };
  };
};

/** Reads and writes in two steps. */
const lostUpdates = (): Fault => (records) => ({
  update: async (key, change) => {
    const next = change(await records.get(key));
    await setImmediate();
    await records.put(key, next);
    return next;
  },
});

/** Answers before it has written. */
const earlyAnswers = (): Fault => (records) => ({
  put: async (key, value) => {
    void setImmediate().then(() => records.put(key, value).catch(() => undefined));
  },
});

/** Forgets to delete what it says it deleted, now and then. */
const resurrections = (): Fault => {
  let deletions = 0;
  return (records) => ({
    delete: async (key, options) =>
      ++deletions % 10 === 0 ? records.has(key) : records.delete(key, options),
  });
};

/** Damages a record now and then. */
const damage = (): Fault => {
  let reads = 0;
  return (records) => ({
    get: async (key) => {
      const value = await records.get(key);
      return value !== undefined && ++reads % 50 === 0 ? { ...value, note: "?" } : value;
    },
  });
};

/** Throws something unheard of after a write that was made. */
const unexpected = (): Fault => {
  let writes = 0;
  return (records) => ({
    put: async (key, value) => {
      await records.put(key, value);
      if (++writes % 5 === 0 && writes <= 25) throw new Error("thrown after it was written");
    },
  });
};

/** Every fault that a load must bring to light. */
export const faults: Readonly<Record<string, () => Fault>> = {
  staleReads,
  lostUpdates,
  earlyAnswers,
  resurrections,
  damage,
};

function withMethods<T extends object>(whole: T, own: object): T {
  return new Proxy(whole, {
    get: (_target, name) => {
      const from = Object.hasOwn(own, name) ? own : whole;
      const member: unknown = Reflect.get(from, name, from);
      return typeof member === "function" ? member.bind(from) : member;
    },
  });
}

/** Transactions that write at once, and take nothing back. */
const torn = (backend: StorageBackend): object => ({
  transaction: (work: Parameters<StorageBackend["transaction"]>[0]) => work(backend),
});

/** @param argument the fault, a colon, and the folder of the database */
export async function open(argument: string): Promise<StorageBackend> {
  const [name = "", ...folder] = argument.split(":");
  const backend = await openSqlite(folder.join(":"));
  if (name === "tornTransactions") return withMethods(backend, torn(backend));
  const fault = name === "unexpected" ? unexpected() : faults[name]?.();
  if (fault === undefined) throw new Error(`there is no fault ${name}`);
  const collection = (definition: CollectionDefinition<LoadRecord>): Records => {
    const records = backend.collection(definition);
    return withMethods(records, fault(records));
  };
  return withMethods(backend, { collection });
}
