import assert from "node:assert/strict";
import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { integerKeys } from "../corpus/hostile-keys.ts";
import { history, plain, sessions } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";

async function keysOf(backend: StorageBackend, definition: CollectionDefinition): Promise<string> {
  const found = await backend.collection(definition).find();
  return found.map(({ key }) => key).join(" ");
}

/** Writes to a collection that appends and to one that prepends. */
function ordered(
  write: (backend: StorageBackend, definition: CollectionDefinition) => Promise<void>,
  expected: { readonly append: string; readonly prepend: string },
): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [plain, history],
      write: async (backend) => {
        await write(backend, plain);
        await write(backend, history);
      },
      check: async (backend) => {
        assert.equal(await keysOf(backend, plain), expected.append);
        assert.equal(await keysOf(backend, history), expected.prepend);
      },
    });
}

const written: readonly Clause[] = [
  {
    id: "order/insertion",
    title: "records lie in the order of their insertion, or newest first where prepended",
    run: ordered(
      async (backend, definition) => {
        const collection = backend.collection(definition);
        for (const key of ["c", "a", "B", "é", "b"]) await collection.put(key, 1);
        await collection.insert("A", 1);
        await collection.patch("z", { a: 1 });
        await collection.update("m", () => 1);
      },
      { append: "c a B é b A z m", prepend: "m z A b é B a c" },
    ),
  },
  {
    id: "order/integer-like",
    title: "keys that look like integers keep their place",
    run: ordered(
      async (backend, definition) => {
        for (const key of integerKeys) await backend.collection(definition).put(key, key);
      },
      { append: integerKeys.join(" "), prepend: integerKeys.toReversed().join(" ") },
    ),
  },
  {
    id: "order/overwriting-keeps-place",
    title: "writing to a record that exists keeps its place",
    run: ordered(
      async (backend, definition) => {
        const collection = backend.collection(definition);
        for (const key of ["a", "b", "c", "d", "e"]) await collection.put(key, {});
        await collection.put("b", { n: 1 });
        await collection.patch("a", { n: 1 });
        await collection.update("c", () => ({ n: 1 }));
        await collection.putMany([
          ["d", { n: 1 }],
          ["f", {}],
        ]);
        await backend.transaction((tx) => tx.collection(definition).put("a", { n: 2 }));
      },
      { append: "a b c d e f", prepend: "f e d c b a" },
    ),
  },
  {
    id: "order/deleted-and-put",
    title: "a record that was deleted and put again is a new one",
    run: ordered(
      async (backend, definition) => {
        const collection = backend.collection(definition);
        for (const key of ["a", "b", "c", "d"]) await collection.put(key, 1);
        await collection.delete("a");
        await collection.put("a", 2);
        await backend.transaction(async (tx) => {
          await tx.collection(definition).delete("c");
          await tx.collection(definition).put("c", 2);
        });
      },
      { append: "b d a c", prepend: "c a d b" },
    ),
  },
  {
    id: "order/batches",
    title: "a batch inserts one record after the other",
    run: ordered(
      async (backend, definition) => {
        const collection = backend.collection(definition);
        await collection.put("m", 1);
        await collection.putMany(["z", "a", "k"].map((key) => [key, 1]));
        await backend.transaction(async (tx) => {
          await tx.collection(definition).put("y", 1);
          await tx.collection(definition).put("b", 1);
        });
      },
      { append: "m z a k y b", prepend: "b y k a z m" },
    ),
  },
  {
    id: "order/replace-all",
    title: "replaceAll() sets the order, whichever way new records go",
    run: ordered(
      async (backend, definition) => {
        const collection = backend.collection(definition);
        for (const key of ["a", "b", "c"]) await collection.put(key, 1);
        await collection.replaceAll(["c", "x", "a"].map((key) => [key, 1]));
        await collection.put("new", 1);
        await collection.put("x", 2);
      },
      { append: "c x a new", prepend: "new c x a" },
    ),
  },
];

const read: readonly Clause[] = [
  {
    id: "order/every-listing",
    title: "find(), iterate() and a filtered find() list records in the order of the collection",
    run: async (context) => {
      const backend = await context.open([plain, history]);
      for (const definition of [plain, history]) {
        const collection = backend.collection(definition);
        await collection.putMany(["c", "a", "d", "b"].map((key) => [key, 1]));
        const expected = definition === plain ? ["c", "a", "d", "b"] : ["b", "d", "a", "c"];
        const streamed: string[] = [];
        for await (const { key } of collection.iterate()) streamed.push(key);
        assert.deepEqual(streamed, expected);
        const filtered = await collection.find({ where: { $key: { ne: "d" } }, limit: 2 });
        assert.deepEqual(
          filtered.map(({ key }) => key),
          expected.filter((key) => key !== "d").slice(0, 2),
        );
      }
    },
  },
  {
    id: "order/inside-a-transaction",
    title: "a transaction lists its own records where they will lie",
    run: async (context) => {
      const backend = await context.open([plain, history]);
      for (const definition of [plain, history]) {
        await backend.collection(definition).putMany(["c", "a", "d"].map((key) => [key, 1]));
        const inside = await backend.transaction(async (tx) => {
          const collection = tx.collection(definition);
          await collection.put("b", 1);
          await collection.put("a", 2);
          await collection.delete("c");
          await collection.put("c", 1);
          return (await collection.find()).map(({ key }) => key).join(" ");
        });
        assert.equal(inside, definition === plain ? "a d b c" : "c b d a");
        assert.equal(await keysOf(backend, definition), inside);
      }
    },
  },
  {
    id: "order/after-expiry",
    title: "a record that takes the key of an expired one is new",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("a", { expiresAt: 2000 });
      await collection.put("b", {});
      nowMs = 2000;
      await collection.put("a", {});
      assert.equal(await keysOf(backend, sessions), "b a");
    },
  },
];

/** The order of records. */
export const order: Topic = {
  name: "order",
  law: "A collection has an order: new records go to its end, or to its beginning where it says `prepend`; writing to a record that exists keeps its place, also where its key looks like an integer. find(), iterate() and search() use that order unless told otherwise, and it survives closing and opening.",
  unproven: "Which of two concurrent writers comes first.",
  clauses: [...written, ...read],
};
