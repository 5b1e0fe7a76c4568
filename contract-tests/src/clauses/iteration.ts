import assert from "node:assert/strict";
import type { Collection, StorageBackend } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { items, plain } from "../proof/collections.ts";
import { collectGarbage, usedBytes } from "../proof/memory-use.ts";
import { rejection, rejectsWith } from "../proof/rejection.ts";

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `k${index}`);

async function filled(backend: StorageBackend, count: number): Promise<Collection> {
  const collection = backend.collection(plain);
  await collection.putMany(numbered(count).map((key, index) => [key, index]));
  return collection;
}

async function streamed(stream: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stream) keys.push(key);
  return keys;
}

const complete: readonly Clause[] = [
  {
    id: "iteration/all",
    title: "iterate() streams 10,001 records, each once, in the order of the collection",
    run: async (context) => {
      const collection = await filled(await context.open([plain]), 10_001);
      let index = 0;
      for await (const { key, value } of collection.iterate()) {
        assert.equal(key, `k${index}`);
        assert.equal(value, index);
        index++;
      }
      assert.equal(index, 10_001);
    },
  },
  {
    id: "iteration/filtered",
    title: "iterate() streams what a filter finds, and nothing where there is nothing",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      assert.deepEqual(await streamed(collection.iterate()), []);
      const sizes = Array.from({ length: 3000 }, (_, size) => size);
      await collection.putMany(
        sizes.map((size) => [`k${size}`, { size, active: size % 700 === 0 }]),
      );
      const where = { active: true };
      assert.deepEqual(await streamed(collection.iterate({ where })), [
        "k0",
        "k700",
        "k1400",
        "k2100",
        "k2800",
      ]);
      assert.deepEqual(await streamed(collection.iterate({ where: { size: -1 } })), []);
    },
  },
  {
    id: "iteration/side-by-side",
    title: "two streams of one collection do not disturb each other",
    run: async (context) => {
      const collection = await filled(await context.open([plain]), 1500);
      const one = collection.iterate();
      const two = collection.iterate();
      for (let index = 0; index < 1500; index++) {
        const [left, right] = await Promise.all([one.next(), two.next()]);
        assert.equal(left.value?.key, `k${index}`);
        assert.equal(right.value?.key, `k${index}`);
      }
      assert.equal((await one.next()).done, true);
    },
  },
];

const whileWriting: readonly Clause[] = [
  {
    id: "iteration/holds-no-lock",
    title: "writers and transactions go on while a stream is half-way, and after it was left",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = await filled(backend, 1500);
      const stream = collection.iterate();
      await stream.next();
      await collection.put("new", 1);
      await backend.transaction((tx) => tx.collection(plain).delete("new"));
      await stream.return?.();
      for await (const { key } of collection.iterate()) {
        await collection.put("again", key);
        break;
      }
      await collection.put("after", 1);
      assert.equal(await collection.get("again"), "k0");
    },
  },
  {
    id: "iteration/records-that-stay",
    title: "a record that is there throughout comes exactly once, whatever others write meanwhile",
    run: async (context) => {
      const collection = await filled(await context.open([plain]), 3000);
      const came = new Map<string, number>();
      let seen = 0;
      for await (const { key } of collection.iterate()) {
        came.set(key, (came.get(key) ?? 0) + 1);
        if (seen++ % 500 !== 0) continue;
        // Of every ten records the last is deleted before or after the stream gets there.
        await collection.deleteMany([`k${seen + 8}`, `k${2999 - seen - 9}`]);
        await collection.putMany([
          [`new${seen}`, 1],
          [`k${seen + 20}`, "changed"],
        ]);
      }
      const stayed = (await collection.find()).filter(({ key }) => key.startsWith("k"));
      assert.ok(stayed.length > 2980);
      for (const { key } of stayed)
        assert.equal(came.get(key), 1, `${key} came ${came.get(key)} times`);
    },
  },
  {
    id: "iteration/own-changes",
    title: "a loop may change or delete the records it is handed, and still ends",
    run: async (context) => {
      const collection = await filled(await context.open([plain]), 600);
      let seen = 0;
      for await (const { key, value } of collection.iterate()) {
        if (seen++ > 1300) assert.fail("the stream does not end");
        if (seen % 3 === 0) await collection.delete(key);
        else await collection.put(key, { was: value });
      }
      assert.equal(seen, 600);
      assert.equal(await collection.count(), 400);
    },
  },
];

const stopped: readonly Clause[] = [
  {
    id: "iteration/abort",
    title: "an aborted stream rejects with the reason itself",
    run: async (context) => {
      const collection = await filled(await context.open([plain]), 1500);
      const controller = new AbortController();
      const reason = new Error("enough");
      let seen = 0;
      const reading = (async () => {
        for await (const _ of collection.iterate({ signal: controller.signal }))
          if (++seen === 700) controller.abort(reason);
      })();
      assert.equal(await rejection(reading), reason);
      assert.equal(seen, 700);
      const signal = AbortSignal.abort(reason);
      assert.equal(await rejection(collection.iterate({ signal }).next()), reason);
    },
  },
  {
    id: "iteration/closed",
    title:
      "a stream of a backend that was closed rejects with BACKEND_CLOSED and does not just end",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = await filled(backend, 3000);
      const stream = collection.iterate();
      const late = collection.iterate();
      await stream.next();
      await backend.close();
      await rejectsWith("BACKEND_CLOSED", streamed(stream));
      await rejectsWith("BACKEND_CLOSED", late.next());
    },
  },
];

const record = (index: number): { text: string; numbers: number[] } => ({
  text: `${index}:`.padEnd(1000, "abcdefghij"),
  numbers: Array.from({ length: 120 }, (_, offset) => index + offset),
});

const flat: Clause = {
  id: "iteration/memory",
  title: "streaming 100,000 records takes a small part of the memory that they would fill",
  heavy: true,
  run: async (context) => {
    const total = Math.max(10_000, Math.round(100_000 * context.scale));
    let backend = await context.open([plain]);
    for (let start = 0; start < total; start += 10_000) {
      const batch = Array.from({ length: 10_000 }, (_, offset) => start + offset);
      await backend.collection(plain).putMany(batch.map((index) => [`k${index}`, record(index)]));
    }
    if (context.capabilities.durability !== "none") backend = await context.reopen(backend);
    const collection = backend.collection(plain);
    // What the store keeps in memory anyway is loaded first and does not count.
    assert.equal(await collection.count(), total);
    await collection.iterate().next();
    collectGarbage();
    const before = usedBytes();
    let most = 0;
    let seen = 0;
    for await (const { key } of collection.iterate()) {
      assert.equal(key, `k${seen}`);
      if (++seen % 10_000 !== 0) continue;
      collectGarbage();
      most = Math.max(most, usedBytes() - before);
    }
    assert.equal(seen, total);
    const records = total * JSON.stringify(record(50_000)).length;
    assert.ok(most < records / 5, `${most} bytes more while ${records} bytes went by`);
  },
};

/** Streaming a collection. */
export const iteration: Topic = {
  name: "iteration",
  law: "iterate() streams a collection in its order, in bounded memory, and holds no lock and no transaction. A record that is there throughout comes exactly once; one that is inserted, changed, moved or deleted meanwhile may come as it was, as it is, or not at all. A store that keeps its records in memory anyway adds little to that.",
  unproven: "That a stream is a snapshot: it is not.",
  clauses: [...complete, ...whileWriting, ...stopped, flat],
};
