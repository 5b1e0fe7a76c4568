import type { CallOptions, Collection, StorageBackend } from "@cutover/core";
import { counters, ledger } from "../kill-loop/counters.ts";

/** What both collections hold, without what other instances write beside. */
export interface Content {
  readonly counters: Readonly<Record<string, number>>;
  /** One of many records of the second collection. */
  readonly x: number;
}

/** What a store holds before each call. */
export const before: Content = { counters: { a: 1, b: 2, c: 3 }, x: 1 };
/** Records of the second collection, more than a stream hands over at a time. */
export const ledgerKeys: readonly string[] = [
  "x",
  ...Array.from({ length: 240 }, (_unused, n) => `l${n}`),
];

/** A call that takes a signal, and what it does when it is done. */
export interface Call {
  readonly act: (backend: StorageBackend, options: CallOptions) => Promise<unknown>;
  readonly after: Content;
  /** What it answers. Default: whatever it likes. */
  readonly answer?: unknown;
}

const n = (value: number): { n: number } => ({ n: value });
const records = (backend: StorageBackend): Collection<{ n: number }> =>
  backend.collection(counters);
const holding = (own: Readonly<Record<string, number>>): Content => ({ ...before, counters: own });

async function streamed(backend: StorageBackend, options: CallOptions): Promise<number> {
  let count = 0;
  for await (const { key } of backend.collection(ledger).iterate(options)) {
    if (key !== ledgerKeys[count]) throw new Error(`record ${count} of the stream is ${key}`);
    count += 1;
  }
  return count;
}

/** Every call that writes, each kind of read, and a stream. */
export const calls: Readonly<Record<string, Call>> = {
  put: {
    act: (backend, options) => records(backend).put("a", n(7), options),
    after: holding({ a: 7, b: 2, c: 3 }),
  },
  insert: {
    act: (backend, options) => records(backend).insert("d", n(4), options),
    after: holding({ a: 1, b: 2, c: 3, d: 4 }),
  },
  update: {
    act: (backend, options) =>
      records(backend).update("b", (current) => n((current?.n ?? 0) + 10), options),
    after: holding({ a: 1, b: 12, c: 3 }),
    answer: n(12),
  },
  delete: {
    act: (backend, options) => records(backend).delete("a", options),
    after: holding({ b: 2, c: 3 }),
    answer: true,
  },
  putMany: {
    act: (backend, options) =>
      records(backend).putMany(
        [
          ["a", n(5)],
          ["d", n(6)],
          ["c", n(7)],
        ],
        options,
      ),
    after: holding({ a: 5, b: 2, c: 7, d: 6 }),
  },
  transaction: {
    act: (backend, options) =>
      backend.transaction(async (tx) => {
        const from = (await tx.collection(counters).get("a"))?.n ?? 0;
        await tx.collection(counters).put("a", n(from - 1));
        await tx.collection(counters).delete("c");
        const to = (await tx.collection(ledger).get("x"))?.n ?? 0;
        await tx.collection(ledger).put("x", n(to + 1));
      }, options),
    after: { counters: { a: 0, b: 2 }, x: 2 },
  },
  replaceAll: {
    act: (backend, options) =>
      records(backend).replaceAll(
        [
          ["z", n(9)],
          ["a", n(8)],
        ],
        options,
      ),
    after: holding({ z: 9, a: 8 }),
  },
  clear: {
    act: (backend, options) => records(backend).clear(options),
    after: holding({}),
    answer: 3,
  },
  find: {
    act: async (backend, options) => (await records(backend).find(options)).length,
    after: before,
    answer: 3,
  },
  iterate: { act: streamed, after: before, answer: ledgerKeys.length },
};
