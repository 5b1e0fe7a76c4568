import {
  isStorageError,
  memoryBackend,
  type Collection,
  type CollectionOperations,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { anyFilter, anyKey, anyOrder, anyValue, everything, presentMs } from "./random-store.ts";

/** A store to compare with memory. */
export interface ComparedStore {
  readonly backend: StorageBackend;
  close(): Promise<void>;
}

/** What {@link sameAnswers} accepts. */
export interface SameAnswersOptions {
  /** Opens an empty store, at the present that it is handed. */
  readonly open: (clock: () => number) => Promise<ComparedStore>;
  /** How many runs to do, as a share of the usual ones. Default: 1. */
  readonly share?: number;
}

const clock = (): number => presentMs;

type Command = (collection: CollectionOperations) => Promise<unknown>;

type Step = readonly [name: string, run: Command];

const step = (name: string, run: Command): Step => [name, run];
const record = fc.tuple(anyKey, anyValue);
const batch = fc.array(record, { maxLength: 4 });

const command: fc.Arbitrary<Step> = fc.oneof(
  record.map(([key, value]) => step(`put ${key} ${written(value)}`, (c) => c.put(key, value))),
  record.map(([key, value]) =>
    step(`insert ${key} ${written(value)}`, (c) => c.insert(key, value)),
  ),
  anyKey.map((key) => step(`delete ${key}`, (c) => c.delete(key))),
  record.map(([key, value]) =>
    step(`update ${key}`, (c) => c.update(key, (now) => [now ?? null, value])),
  ),
  batch.map((entries) => step(`putMany ${written(entries)}`, (c) => c.putMany(entries))),
  batch.map((entries) => step(`replaceAll ${written(entries)}`, (c) => c.replaceAll(entries))),
  fc.constant(step("clear", (c) => c.clear())),
  fc.constant(step("deleteExpired", (c) => c.deleteExpired())),
);

/** What a call gave, or which error it raised. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return [error.code, error.details.constraint];
  }
}

function keys(entries: readonly { readonly key: string }[]): string[] {
  return entries.map(({ key }) => key).toSorted();
}

async function everythingIn(collection: Collection): Promise<unknown> {
  const streamed: unknown[] = [];
  for await (const entry of collection.iterate()) streamed.push(entry);
  return { found: await collection.find(), streamed, count: await collection.count() };
}

/** Also compares the order of members, which `toEqual` does not look at. */
function written(found: unknown): string {
  return JSON.stringify(found) ?? "undefined";
}

const records = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), anyValue), {
  maxLength: 12,
  selector: ([key]) => key,
});

/** Registers tests that a store gives the same answers as memory does, whatever it is asked. */
export function sameAnswers({ open, share = 1 }: SameAnswersOptions): void {
  const runs = (usual: number): number => Math.ceil(usual * share);
  let store: ComparedStore;
  let memory: StorageBackend;
  beforeEach(async () => {
    store = await open(clock);
    memory = memoryBackend({ clock });
  });
  afterEach(() => store.close());

  async function bothClear(): Promise<readonly [Collection, Collection]> {
    const both = [store.backend.collection(everything), memory.collection(everything)] as const;
    for (const collection of both) await collection.clear();
    return both;
  }

  async function fill(
    entries: readonly (readonly [string, JsonValue])[],
  ): Promise<readonly [Collection, Collection]> {
    const both = await bothClear();
    for (const [key, value] of entries) {
      for (const collection of both) await outcome(collection.put(key, value));
    }
    return both;
  }

  test("any sequence of writes leaves the same records, errors and order as in memory", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
        const [ours, reference] = await bothClear();
        for (const [, run] of commands)
          expect(written(await outcome(run(ours)))).toBe(written(await outcome(run(reference))));
        expect(written(await everythingIn(ours))).toBe(written(await everythingIn(reference)));
      }),
      { numRuns: runs(150) },
    );
  });

  test("any sequence of writes inside one transaction commits, or fails, as in memory", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 6 }), async (commands) => {
        const both = await bothClear();
        const run = (backend: StorageBackend): Promise<unknown> =>
          outcome(
            backend.transaction(async (tx) => {
              const collection = tx.collection(everything);
              const results: unknown[] = [];
              for (const [, step] of commands) results.push(await step(collection));
              return [results, await collection.find()];
            }),
          );
        expect(written(await run(store.backend))).toBe(written(await run(memory)));
        expect(written(await everythingIn(both[0]))).toBe(written(await everythingIn(both[1])));
      }),
      { numRuns: runs(80) },
    );
  });

  test("any filter and order find the same records as in memory, in pages too", async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        anyFilter,
        anyOrder,
        fc.integer({ min: 1, max: 4 }),
        async (entries, where, orderBy, limit) => {
          const clean = entries.filter(([key]) => key.isWellFormed() && !key.includes("\0"));
          const [ours, reference] = await fill(clean);
          const everything = await reference.find({ where });
          expect(written(await ours.find({ where }))).toBe(written(everything));
          expect(await ours.count(where)).toBe(everything.length);
          const query = { where, orderBy, limit };
          expect(written(await ours.find(query))).toBe(written(await reference.find(query)));
          let cursor: string | undefined;
          do {
            const query = { where, orderBy, limit, ...(cursor === undefined ? {} : { cursor }) };
            const page = await ours.page(query);
            expect(written(page)).toBe(written(await reference.page(query)));
            cursor = page.next;
          } while (cursor !== undefined);
        },
      ),
      { numRuns: runs(250) },
    );
  });

  test("searches find the same records as in memory", async () => {
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.array(fc.constantFrom("a", "ab", "zeb", "é", "e", '"', "OR", "*"), { maxLength: 3 }),
        fc.boolean(),
        async (entries, list, prefix) => {
          const clean = entries.filter(([key]) => key.isWellFormed() && !key.includes("\0"));
          const [ours, reference] = await fill(clean);
          const words = list.join(" ");
          const found = await ours.search(words, { prefix });
          expect(written(found)).toBe(written(await reference.search(words, { prefix })));
          const ranked = await ours.search(words, { prefix, order: "relevance" });
          expect(keys(ranked)).toEqual(keys(found));
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test("aggregates agree with memory", async () => {
    const group = fc.constantFrom(
      "open",
      "size",
      { field: "added", bucket: "month" as const },
      { field: "wall", bucket: "hour" as const },
      { field: "seen", bucket: "day" as const },
      { field: "tick", bucket: "year" as const },
    );
    const groups = fc.uniqueArray(group, { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(records, groups, async (entries, groupBy) => {
        const clean = entries.filter(([key]) => key.isWellFormed() && !key.includes("\0"));
        const [ours, reference] = await fill(clean);
        const query = {
          groupBy,
          sum: ["size"],
          avg: ["size"],
          min: ["title", "score", "added"],
          max: ["size", "seen"],
        };
        expect(await ours.aggregate(query)).toEqual(await reference.aggregate(query));
      }),
      { numRuns: runs(150) },
    );
  });
}
