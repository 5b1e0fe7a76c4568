import assert from "node:assert/strict";
import type { Collection } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import {
  byteOrderedKeys,
  hostileKeys,
  longestKeys,
  prototypeKeys,
  twinKeys,
} from "../corpus/hostile-keys.ts";
import { invalidKeys } from "../corpus/invalid-keys.ts";
import { plain } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

/** Every key holds a number of its own, so that no two can stand for one record. */
function numbered(keys: readonly string[]): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [plain],
      write: async (backend) => {
        const collection = backend.collection(plain);
        const half = Math.floor(keys.length / 2);
        await collection.putMany(keys.slice(0, half).map((key, index) => [key, index]));
        // A store that commits calls together does so here.
        const rest = keys.slice(half);
        await Promise.all(rest.map((key, index) => collection.put(key, half + index)));
      },
      check: async (backend) => {
        const collection = backend.collection(plain);
        for (const [index, key] of keys.entries())
          assert.equal(await collection.get(key), index, `the record of ${JSON.stringify(key)}`);
        assert.deepEqual(
          (await collection.find()).map(({ key }) => key),
          keys,
        );
      },
    });
}

type KeyedCall = (collection: Collection, key: string) => Promise<unknown>;

const callsWithKey: Readonly<Record<string, KeyedCall>> = {
  get: (collection, key) => collection.get(key),
  getMany: (collection, key) => collection.getMany(["ok", key]),
  has: (collection, key) => collection.has(key),
  entry: (collection, key) => collection.entry(key),
  insert: (collection, key) => collection.insert(key, 1),
  put: (collection, key) => collection.put(key, 1),
  patch: (collection, key) => collection.patch(key, { a: 1 }),
  update: (collection, key) => collection.update(key, () => 1),
  delete: (collection, key) => collection.delete(key),
  putMany: (collection, key) =>
    collection.putMany([
      ["new", 1],
      [key, 1],
    ]),
  deleteMany: (collection, key) => collection.deleteMany(["ok", key]),
  replaceAll: (collection, key) => collection.replaceAll([[key, 1]]),
};

const distinct: readonly Clause[] = [
  {
    id: "keys/hostile",
    title: "every hostile key holds its own record, live and reopened",
    run: numbered(hostileKeys),
  },
  {
    id: "keys/twins",
    title: "keys that differ in case, normalisation or spaces are different records",
    run: numbered([...new Set(twinKeys.flat())]),
  },
  {
    id: "keys/longest",
    title: "keys of 1,024 bytes are kept whole, the last byte included",
    run: numbered(longestKeys),
  },
];

const looked: readonly Clause[] = [
  {
    id: "keys/absent",
    title: "a key that was never put is absent, also one that every object inherits",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("a", 1);
      for (const key of [...prototypeKeys, "A", "a ", "aa", "%", "_"]) {
        assert.equal(await collection.get(key), undefined, `get(${JSON.stringify(key)})`);
        assert.equal(await collection.has(key), false, `has(${JSON.stringify(key)})`);
        assert.equal(await collection.entry(key), undefined, `entry(${JSON.stringify(key)})`);
      }
      assert.equal((await collection.getMany(prototypeKeys)).size, 0);
    },
  },
  {
    id: "keys/get-many",
    title: "getMany() returns the records found by their exact keys, in the order asked for",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.putMany(hostileKeys.map((key, index) => [key, index]));
      const asked = hostileKeys.toReversed();
      const found = await collection.getMany(["absent", ...asked, "__proto__"]);
      assert.deepEqual([...found.keys()], asked);
      for (const [index, key] of hostileKeys.entries()) assert.equal(found.get(key), index);
    },
  },
  {
    id: "keys/delete-one",
    title: "delete() takes the record of exactly this key",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const left = new Set(hostileKeys);
      await collection.putMany(hostileKeys.map((key) => [key, 1]));
      for (const key of ["a", "%", "_", "x", "__proto__", "caf\u00e9", "A", "'", "1"]) {
        assert.equal(await collection.delete(key), true, `delete(${JSON.stringify(key)})`);
        left.delete(key);
        assert.equal(await collection.has(key), false);
      }
      const found = await collection.find();
      assert.deepEqual(
        found.map(({ key }) => key),
        [...left],
      );
    },
  },
  {
    id: "keys/filter",
    title: "a filter on $key finds the record of exactly this key",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.putMany(hostileKeys.map((key) => [key, 1]));
      for (const key of hostileKeys) {
        const found = await collection.find({ where: { $key: key } });
        assert.deepEqual(
          found.map((entry) => entry.key),
          [key],
        );
      }
    },
  },
  {
    id: "keys/byte-order",
    title: "keys sort by their UTF-8 bytes, U+FFFF before U+10000",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.putMany(byteOrderedKeys.toReversed().map((key) => [key, 1]));
      const keys = async (direction: "asc" | "desc"): Promise<string[]> =>
        (await collection.find({ orderBy: [{ field: "$key", direction }] })).map(({ key }) => key);
      assert.deepEqual(await keys("asc"), byteOrderedKeys);
      assert.deepEqual(await keys("desc"), byteOrderedKeys.toReversed());
    },
  },
];

const refused: readonly Clause[] = Object.entries(callsWithKey).map(([name, call]) => ({
  id: `keys/invalid-${name}`,
  title: `${name}() rejects what cannot be a key with INVALID_KEY and changes nothing`,
  run: async (context) => {
    const collection = (await context.open([plain])).collection(plain);
    await collection.put("ok", { a: 1 });
    for (const [reason, key] of invalidKeys)
      await refusedUnchanged(
        collection,
        "INVALID_KEY",
        () => call(collection, untyped(key)),
        reason,
      );
  },
}));

/** What may name a record. */
export const keys: Topic = {
  name: "keys",
  law: "A record's key is out of band: any non-empty, well-formed string of at most 1,024 UTF-8 bytes without NUL. Keys are compared by their bytes and never folded, normalised, trimmed, escaped or interpreted; anything else is INVALID_KEY before it reaches the store.",
  unproven:
    "The corpus is a choice; that no other two keys are confused is left to the random model.",
  clauses: [...distinct, ...looked, ...refused],
};
