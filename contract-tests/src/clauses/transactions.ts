import assert from "node:assert/strict";
import type { Clause, Topic } from "../clause.ts";
import { items, plain, second } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { rejection } from "../proof/rejection.ts";
import { endings } from "./transaction-endings.ts";
import { misuses } from "./transaction-misuse.ts";
import { trusted } from "../proof/trusted.ts";

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

const committed: readonly Clause[] = [
  {
    id: "transactions/commit",
    title: "a transaction commits all its writes, across collections, live and reopened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain, second],
        write: async (backend) => {
          await backend.collection(plain).put("old", 1);
          const returned = await backend.transaction(async (tx) => {
            await tx.collection(plain).put("a", 1);
            await tx.collection(second).insert("a", 2);
            await tx.collection(plain).delete("old");
            await tx.collection(second).putMany([["b", 3]]);
            await tx.collection(plain).patch("c", { n: 1 });
            return { mine: true };
          });
          assert.deepEqual(returned, { mine: true });
        },
        check: async (backend) => {
          assert.deepEqual(await backend.collection(plain).find(), [
            { key: "a", value: 1 },
            { key: "c", value: { n: 1 } },
          ]);
          assert.deepEqual(await backend.collection(second).find(), [
            { key: "a", value: 2 },
            { key: "b", value: 3 },
          ]);
        },
      }),
  },
  {
    id: "transactions/own-writes",
    title: "a transaction sees its own writes, with every kind of read",
    run: async (context) => {
      const backend = await context.open([items]);
      await backend.collection(items).put("gone", { size: 5 });
      await backend.collection(items).put("b", { size: 1, name: "old" });
      await backend.transaction(async (tx) => {
        const collection = tx.collection(items);
        await collection.put("a", { size: 3 });
        await collection.delete("gone");
        assert.equal(await collection.update("b", () => ({ size: 4 })).then(({ size }) => size), 4);
        assert.deepEqual(await collection.get("a"), { size: 3 });
        assert.equal(await collection.has("gone"), false);
        assert.equal((await collection.getMany(["a", "b", "gone"])).size, 2);
        assert.deepEqual((await collection.entry("b"))?.value, { size: 4 });
        assert.equal(await collection.count({ size: { gte: 3 } }), 2);
        assert.equal(await collection.count({ name: "old" }), 0);
        const sorted = await collection.find({ orderBy: [{ field: "size", direction: "desc" }] });
        assert.deepEqual(
          sorted.map(({ key }) => key),
          ["b", "a"],
        );
        assert.equal((await collection.page({ limit: 1 })).entries[0]?.key, "a");
        const [row] = await collection.aggregate({ sum: ["size"] });
        assert.equal(row?.sum["size"], 7);
        assert.equal(await collection.clear(), 2);
        await collection.put("last", {});
        assert.equal(await collection.count(), 1);
      });
      assert.equal(await backend.collection(items).count(), 1);
    },
  },
  {
    id: "transactions/seen-whole",
    title: "nobody sees half of a transaction: others wait, or read the last commit",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      const written = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const transaction = backend.transaction(async (tx) => {
        await tx.collection(plain).put("a", 1);
        written.resolve();
        await gate.promise;
        await tx.collection(plain).put("b", 1);
      });
      await written.promise;
      const reads = [collection.count(), collection.find().then((found) => found.length)];
      const many = collection.getMany(["a", "b"]).then((found) => found.size);
      const turns = Array.from(
        { length: 20 },
        () => new Promise((resolve) => setImmediate(resolve)),
      );
      await Promise.all(turns);
      gate.resolve();
      await transaction;
      for (const seen of await Promise.all([...reads, many]))
        assert.ok(seen === 0 || seen === 2, `another caller saw ${seen} of 2 records`);
      assert.equal(await collection.count(), 2);
    },
  },
];

const isolated: readonly Clause[] = [
  {
    id: "transactions/repeatable",
    title: "what a transaction has read stays so until it ends; a writer beside it comes after",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      await collection.put("k", "before");
      const read = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const seen: unknown[] = [];
      const transaction = backend.transaction(async (tx) => {
        seen.length = 0;
        seen.push(await tx.collection(plain).get("k"));
        read.resolve();
        await begun.promise;
        for (let turn = 0; turn < 20; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(await tx.collection(plain).get("k"));
        }
        await tx.collection(plain).put("copy", trusted<string>(seen[0]));
      });
      await read.promise;
      const put = collection.put("k", "after");
      begun.resolve();
      await Promise.all([transaction, put]);
      assert.equal(new Set(seen).size, 1);
      assert.equal(await collection.get("copy"), seen[0]);
      assert.equal(await collection.get("k"), "after");
    },
  },
  {
    id: "transactions/write-skew",
    title:
      "transactions are serialisable: two that each rely on what the other changes do not both pass",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      for (let round = 0; round < 10; round++) {
        await collection.putMany([
          ["a", 100],
          ["b", 100],
        ]);
        const withdraw = (from: string): Promise<boolean> =>
          backend.transaction(async (tx) => {
            const mine = tx.collection(plain);
            const found = await mine.find();
            const total = found.reduce((sum, { value }) => sum + number(value), 0);
            await new Promise((resolve) => setImmediate(resolve));
            if (total < 200) return false;
            await mine.put(from, number(await mine.get(from)) - 200);
            return true;
          });
        const passed = await Promise.all([withdraw("a"), withdraw("b")]);
        assert.deepEqual(new Set(passed), new Set([true, false]));
      }
    },
  },
  {
    id: "transactions/increments",
    title: "concurrent transactions that read, wait and write lose nothing",
    run: async (context) => {
      const backend = await context.open([plain]);
      const increment = (): Promise<void> =>
        backend.transaction(async (tx) => {
          const current = number(await tx.collection(plain).get("n"));
          await new Promise((resolve) => setImmediate(resolve));
          await tx.collection(plain).put("n", current + 1);
        });
      await Promise.all(Array.from({ length: 50 }, increment));
      assert.equal(await backend.collection(plain).get("n"), 50);
    },
  },
  {
    id: "transactions/operations-in-turn",
    title: "operations of one transaction that overlap are carried out in the order of the calls",
    run: async (context) => {
      const backend = await context.open([plain]);
      const seen = await backend.transaction(async (tx) => {
        const collection = tx.collection(plain);
        return Promise.all([
          collection.put("k", 1),
          collection.get("k"),
          collection.update("k", (current) => number(current) + 1),
          collection.get("k"),
          collection.delete("k"),
          collection.has("k"),
          collection.putMany([["k", 9]]),
        ]);
      });
      assert.deepEqual(seen, [undefined, 1, 2, 2, true, false, undefined]);
      assert.equal(await backend.collection(plain).get("k"), 9);
    },
  },
];

const rolledBack: readonly Clause[] = [
  {
    id: "transactions/rollback",
    title: "work that rejects changes nothing, whatever it did, live and reopened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain, second],
        write: async (backend) => {
          await backend.collection(plain).putMany(["c", "a", "b"].map((key) => [key, { key }]));
          await backend.collection(second).put("s", 1);
          const undone = backend.transaction(async (tx) => {
            const collection = tx.collection(plain);
            await collection.put("a", 2);
            await collection.delete("c");
            await collection.put("c", 3);
            await collection.clear();
            await collection.replaceAll([["x", 1]]);
            await tx.collection(second).putMany([["s", 2]]);
            throw new Error("mine");
          });
          await assert.rejects(undone, /^Error: mine$/);
        },
        check: async (backend) => {
          assert.deepEqual(
            await backend.collection(plain).find(),
            ["c", "a", "b"].map((key) => ({ key, value: { key } })),
          );
          assert.deepEqual(await backend.collection(second).find(), [{ key: "s", value: 1 }]);
        },
      }),
  },
  {
    id: "transactions/own-error",
    title: "what the work throws is rethrown as it is",
    run: async (context) => {
      const backend = await context.open([plain]);
      for (const thrown of [
        new Error("mine"),
        new TypeError("mine too"),
        "a text",
        null,
        undefined,
      ]) {
        const failing = backend.transaction(async (tx) => {
          await tx.collection(plain).put("k", 1);
          throw thrown;
        });
        assert.equal(await rejection(failing), thrown);
        assert.equal(await backend.collection(plain).has("k"), false);
      }
    },
  },
];

/** Several operations as one. */
export const transactions: Topic = {
  name: "transactions",
  law: "A transaction's work takes effect as a whole or not at all, across collections. Transactions are serialisable and see their own writes; other callers queue, or read the last commit. An operation that fails makes its transaction unusable. One that outlives its time, waiting included, is rolled back with LOCK_TIMEOUT. Inside the work only `tx` may be used; the backend itself refuses at once with TRANSACTION_MISUSE. What the work throws, and the reason of an abort, is rethrown as it is.",
  unproven:
    "That `work` runs once: it may run again, and must be free of effects. The default of 5 seconds is not waited for.",
  clauses: [...committed, ...isolated, ...rolledBack, ...misuses, ...endings],
};
