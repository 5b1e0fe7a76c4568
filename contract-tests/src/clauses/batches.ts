import assert from "node:assert/strict";
import type { JsonValue } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { accounts, plain } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged, rejection } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `k${index}`);

const each = <V extends JsonValue>(keys: readonly string[], value: V): (readonly [string, V])[] =>
  keys.map((key) => [key, value] as const);

/** Reads one after another until the write is over, and lets it go on in between. */
async function readDuring<T>(write: Promise<unknown>, read: () => Promise<T>): Promise<T[]> {
  const over = new AbortController();
  const written = write.finally(() => over.abort());
  written.catch(() => undefined);
  const found: T[] = [];
  while (!over.signal.aborted) {
    // Some reads in a row, since a write may move on in microtasks; then a turn for those that do not.
    for (let step = 0; step < 10; step++) found.push(await read());
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  await written;
  return found;
}

const whole: readonly Clause[] = [
  {
    id: "batches/put-many",
    title: "putMany() puts all records; of equal keys the last value counts, at the first's place",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain],
        write: async (backend) => {
          await backend.collection(plain).put("b", "old");
          await backend.collection(plain).putMany([
            ["a", 1],
            ["b", 2],
            ["c", 3],
            ["a", 4],
          ]);
        },
        check: async (backend) => {
          assert.deepEqual(await backend.collection(plain).find(), [
            { key: "b", value: 2 },
            { key: "a", value: 4 },
            { key: "c", value: 3 },
          ]);
        },
      }),
  },
  {
    id: "batches/replace-all",
    title: "replaceAll() makes the collection hold exactly these records, in this order",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain],
        write: async (backend) => {
          const collection = backend.collection(plain);
          await collection.putMany(each(["a", "b", "c"], { old: true }));
          await collection.replaceAll([
            ["d", 1],
            ["b", 2],
            ["d", 3],
          ]);
        },
        check: async (backend) => {
          assert.deepEqual(await backend.collection(plain).find(), [
            { key: "d", value: 3 },
            { key: "b", value: 2 },
          ]);
        },
      }),
  },
  {
    id: "batches/delete-many",
    title: "deleteMany() deletes all records and tells how many there were",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain],
        write: async (backend) => {
          const collection = backend.collection(plain);
          await collection.putMany(each(["a", "b", "c", "d"], 1));
          assert.equal(await collection.deleteMany(["c", "never", "a", "c", "%"]), 2);
          assert.equal(await collection.deleteMany([]), 0);
        },
        check: async (backend) => {
          const found = await backend.collection(plain).find();
          assert.deepEqual(
            found.map(({ key }) => key),
            ["b", "d"],
          );
        },
      }),
  },
  {
    id: "batches/any-iterable",
    title: "a batch may be any iterable, and is read once",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      let started = 0;
      function* generated(): Generator<readonly [string, JsonValue]> {
        started++;
        yield ["a", 1];
        yield ["b", 2];
      }
      await collection.putMany(generated());
      await collection.replaceAll(new Map([["c", 3]]));
      await collection.putMany(generated());
      assert.equal(started, 2);
      assert.deepEqual(
        (await collection.find()).map(({ key }) => key),
        ["c", "a", "b"],
      );
    },
  },
  {
    id: "batches/empty",
    title: "an empty batch changes nothing, an empty replaceAll() empties the collection",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("a", 1);
      await collection.putMany([]);
      await collection.deleteMany([]);
      assert.equal((await collection.getMany([])).size, 0);
      assert.equal(await collection.count(), 1);
      await collection.replaceAll([]);
      assert.equal(await collection.count(), 0);
    },
  },
];

function* broken(): Generator<readonly [string, JsonValue]> {
  yield ["a", 2];
  yield ["b", 2];
  throw new Error("mine");
}

const allOrNothing: readonly Clause[] = [
  {
    id: "batches/all-or-nothing",
    title: "a batch whose last record is refused changes nothing, live and reopened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [accounts],
        write: async (backend) => {
          const collection = backend.collection(accounts);
          await collection.put("a", { email: "x" });
          await collection.put("b", { note: "old" });
          const clash = [...each(numbered(50), {}), ["b", {}], ["z", { email: "x" }]] as const;
          await refusedUnchanged(collection, "ALREADY_EXISTS", () =>
            collection.putMany(untyped(clash)),
          );
          const twins = [...each(numbered(50), {}), ["y", { email: "n" }], ["z", { email: "n" }]];
          await refusedUnchanged(collection, "ALREADY_EXISTS", () =>
            collection.replaceAll(untyped(twins)),
          );
          const invalid = [...each(numbered(50), {}), ["b", Number.NaN]];
          await refusedUnchanged(collection, "INVALID_VALUE", () =>
            collection.putMany(untyped(invalid)),
          );
        },
        check: async (backend) => {
          assert.deepEqual(await backend.collection(accounts).find(), [
            { key: "a", value: { email: "x" } },
            { key: "b", value: { note: "old" } },
          ]);
        },
      }),
  },
  {
    id: "batches/failing-source",
    title: "a batch whose source throws half-way changes nothing",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("a", 1);
      await rejection(collection.putMany(broken()));
      await rejection(collection.replaceAll(broken()));
      assert.deepEqual(await collection.find(), [{ key: "a", value: 1 }]);
    },
  },
  {
    id: "batches/one-fails-alone",
    title: "a call that fails does not fail the others that were made at the same time",
    run: async (context) => {
      const collection = (await context.open([accounts])).collection(accounts);
      await collection.put("taken", { email: "x" });
      const ends = await Promise.allSettled([
        collection.put("a", { note: 1 }),
        collection.insert("taken", {}),
        collection.putMany(each(["b", "c"], {})),
        collection.putMany([
          ["d", {}],
          ["e", { email: "x" }],
        ]),
        collection.update("f", () => {
          throw new Error("mine");
        }),
        collection.put("g", {}),
        collection.delete("never"),
      ]);
      assert.deepEqual(
        ends.map(({ status }) => status === "fulfilled"),
        [true, false, true, false, false, true, true],
      );
      assert.deepEqual(
        (await collection.find()).map(({ key }) => key),
        ["taken", "a", "b", "c", "g"],
      );
    },
  },
];

const seenWhole: readonly Clause[] = [
  {
    id: "batches/seen-whole",
    title: "no reader sees half of a batch that is being written",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = numbered(500);
      for (let turn = 0; turn < 4; turn++) {
        const put = collection.putMany(each(keys, turn));
        const counts = await readDuring(put, () => collection.count());
        const listed = await collection.find();
        const deleted = collection.deleteMany(keys);
        counts.push(...(await readDuring(deleted, () => collection.count())), listed.length);
        for (const count of counts)
          assert.ok(count === 0 || count === 500, `a reader saw ${count} of 500 records`);
      }
    },
  },
  {
    id: "batches/replaced-whole",
    title: "no reader sees a mix of what replaceAll() replaces, nor nothing",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = numbered(300);
      await collection.replaceAll(each(keys, -1));
      for (let turn = 0; turn < 8; turn++) {
        const replacing = collection.replaceAll(
          each(turn % 2 === 0 ? keys : keys.toReversed(), turn),
        );
        const reads = Array.from({ length: 5 }, () => collection.find());
        for (const found of await Promise.all(reads)) {
          assert.equal(found.length, 300);
          assert.equal(new Set(found.map(({ value }) => value)).size, 1);
        }
        await replacing;
      }
    },
  },
];

const large: readonly Clause[] = [
  {
    id: "batches/40000-keys",
    title: "40,000 keys fit in one call of putMany(), getMany() and deleteMany()",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = numbered(40_000);
      await collection.putMany(keys.map((key, index) => [key, index]));
      const found = await collection.getMany(keys.toReversed());
      assert.equal(found.size, 40_000);
      assert.equal(found.get("k0"), 0);
      assert.equal(found.get("k39999"), 39_999);
      assert.equal([...found.keys()][0], "k39999");
      assert.equal(await collection.deleteMany(keys.slice(1)), 39_999);
      assert.deepEqual(await collection.find(), [{ key: "k0", value: 0 }]);
    },
  },
  {
    id: "batches/10001-records",
    title: "10,001 records are all listed, counted and found",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = numbered(10_001);
      await collection.replaceAll(keys.map((key, index) => [key, index]));
      const found = await collection.find();
      assert.deepEqual(
        found.map(({ value }) => value),
        keys.map((_, index) => index),
      );
      assert.equal(await collection.count(), 10_001);
      assert.equal(await collection.clear(), 10_001);
    },
  },
];

/** Several records in one call. */
export const batches: Topic = {
  name: "batches",
  law: "putMany(), deleteMany() and replaceAll() do all of what they are asked or nothing, and no reader of the library, in this process or another, sees half of it. Calls made at the same time may share a commit; one that fails fails alone.",
  unproven: "What a foreign program sees that reads the files without the library.",
  clauses: [...whole, ...allOrNothing, ...seenWhole, ...large],
};
