import assert from "node:assert/strict";
import { memoryBackend, versionOf } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { plain, second } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged } from "../proof/rejection.ts";
import { patches } from "./patches.ts";

const single: readonly Clause[] = [
  {
    id: "writes/put",
    title: "put() writes a record and overwrites the one that is there, live and reopened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain],
        write: async (backend) => {
          await backend.collection(plain).put("a", { n: 1, old: true });
          await backend.collection(plain).put("b", 1);
          await backend.collection(plain).put("a", { n: 2 });
        },
        check: async (backend) => {
          assert.deepEqual(await backend.collection(plain).find(), [
            { key: "a", value: { n: 2 } },
            { key: "b", value: 1 },
          ]);
        },
      }),
  },
  {
    id: "writes/insert",
    title: "insert() writes a new record and refuses a key that is taken with ALREADY_EXISTS",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.insert("a", 1);
      const again = (): Promise<void> => collection.insert("a", 2);
      const error = await refusedUnchanged(collection, "ALREADY_EXISTS", again);
      assert.equal(error.details.constraint, "key");
      assert.equal(error.details.collection, "plain");
      await refusedUnchanged(
        collection,
        "ALREADY_EXISTS",
        () => collection.insert("a", 1),
        "equal",
      );
      await collection.insert("A", 2);
      assert.equal(await collection.get("a"), 1);
      assert.equal(await collection.get("A"), 2);
    },
  },
  {
    id: "writes/delete",
    title: "delete() tells whether there was a record, and it is gone, live and reopened",
    run: (context) =>
      liveAndReopened(context, {
        collections: [plain],
        write: async (backend) => {
          const collection = backend.collection(plain);
          await collection.putMany(["a", "b", "c"].map((key) => [key, null]));
          assert.equal(await collection.delete("b"), true);
          assert.equal(await collection.delete("b"), false);
          assert.equal(await collection.delete("never"), false);
        },
        check: async (backend) => {
          const collection = backend.collection(plain);
          assert.equal(await collection.has("b"), false);
          assert.equal(await collection.get("b"), undefined);
          assert.deepEqual(
            (await collection.find()).map(({ key }) => key),
            ["a", "c"],
          );
        },
      }),
  },
  {
    id: "writes/clear",
    title: "clear() removes all records of its collection, tells how many, and keeps it usable",
    run: async (context) => {
      const backend = await context.open([plain, second]);
      const collection = backend.collection(plain);
      await backend.collection(second).put("k", 1);
      assert.equal(await collection.clear(), 0);
      await collection.putMany(["a", "b", "c"].map((key) => [key, 1]));
      assert.equal(await collection.clear(), 3);
      assert.deepEqual(await collection.find(), []);
      assert.equal(await collection.has("a"), false);
      assert.equal(await backend.collection(second).count(), 1);
      await collection.insert("a", 2);
      assert.equal(await collection.get("a"), 2);
    },
  },
  {
    id: "writes/in-call-order",
    title: "writes that are not awaited take effect in the order of the calls",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const writes: Promise<unknown>[] = [];
      for (let index = 0; index < 100; index++) {
        writes.push(collection.put("k", index), collection.put(`k${index}`, index));
        if (index % 3 === 0) writes.push(collection.delete(`k${index}`));
      }
      await Promise.all(writes);
      assert.equal(await collection.get("k"), 99);
      const expected = Array.from({ length: 100 }, (_, index) => index).filter((n) => n % 3 !== 0);
      assert.deepEqual(
        (await collection.find()).map(({ value }) => value),
        [99, ...expected],
      );
    },
  },
];

const versions: readonly Clause[] = [
  {
    id: "writes/if-version",
    title: "put() and delete() with the version that was read succeed",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("k", { n: 1 });
      const read = await collection.entry("k");
      assert.ok(read !== undefined);
      assert.deepEqual({ ...read, version: "" }, { key: "k", value: { n: 1 }, version: "" });
      await collection.put("k", { n: 2 }, { ifVersion: read.version });
      const next = await collection.entry("k");
      assert.ok(next !== undefined && next.version !== read.version);
      await collection.patch("k", { m: 1 }, { ifVersion: next.version });
      const last = await collection.entry("k");
      assert.ok(last !== undefined);
      assert.equal(await collection.delete("k", { ifVersion: last.version }), true);
    },
  },
  {
    id: "writes/stale-version",
    title: "a stale version rejects with VERSION_CONFLICT and the current one, and changes nothing",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("k", { n: 1 });
      const ifVersion = (await collection.entry("k"))?.version ?? "";
      await collection.put("k", { n: 2 });
      const current = (await collection.entry("k"))?.version;
      const calls = [
        () => collection.put("k", { n: 3 }, { ifVersion }),
        () => collection.put("k", { n: 2 }, { ifVersion }),
        () => collection.patch("k", { n: 3 }, { ifVersion }),
        () => collection.delete("k", { ifVersion }),
      ];
      for (const call of calls) {
        const error = await refusedUnchanged(collection, "VERSION_CONFLICT", call);
        assert.equal(error.details.currentVersion, current);
      }
    },
  },
  {
    id: "writes/version-of-nothing",
    title: "a version never fits a record that is gone: VERSION_CONFLICT, and nothing is created",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const ifVersion = versionOf(1);
      const calls = [
        () => collection.put("k", 1, { ifVersion }),
        () => collection.patch("k", { n: 1 }, { ifVersion }),
        () => collection.delete("k", { ifVersion }),
      ];
      for (const call of calls) {
        const error = await refusedUnchanged(collection, "VERSION_CONFLICT", call);
        assert.equal(error.details.currentVersion, undefined);
      }
    },
  },
  {
    id: "writes/version-is-content",
    title: "equal content has an equal version, wherever and whenever it was written",
    run: async (context) => {
      const values = [null, 0, "", "é", { a: 1, b: [true] }, { b: [true], a: 1 }, [1, 2]];
      const other = memoryBackend();
      try {
        for (const [index, value] of values.entries())
          await other.collection(plain).put(`k${index}`, value);
        await liveAndReopened(context, {
          collections: [plain],
          write: async (backend) => {
            for (const [index, value] of values.entries()) {
              await backend.collection(plain).put(`k${index}`, "before");
              await backend.collection(plain).put(`k${index}`, value);
            }
          },
          check: async (backend) => {
            const found = new Set<string | undefined>();
            for (const [index] of values.entries()) {
              const version = (await backend.collection(plain).entry(`k${index}`))?.version;
              assert.equal(version, (await other.collection(plain).entry(`k${index}`))?.version);
              found.add(version);
            }
            assert.equal(found.size, values.length, "different content has different versions");
          },
        });
      } finally {
        await other[Symbol.asyncDispose]();
      }
    },
  },
  {
    id: "writes/there-and-back",
    title: "a change there and back counts as none",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("k", { n: 1 });
      const ifVersion = (await collection.entry("k"))?.version ?? "";
      await collection.put("k", { n: 2 });
      await collection.delete("k");
      await collection.put("k", { n: 1 });
      await collection.put("k", { n: 3 }, { ifVersion });
      assert.deepEqual(await collection.get("k"), { n: 3 });
    },
  },
];

/** Writing one record. */
export const writes: Topic = {
  name: "writes",
  law: "A call that resolved has taken effect; one that rejected has changed nothing. insert() of a key that is taken is ALREADY_EXISTS. A record's version is a digest of its content, the same in every backend; a conditional write takes effect only on that content, and is VERSION_CONFLICT otherwise. patch() merges at top level. A collection's own schema refuses with VALIDATION_FAILED and its issues.",
  unproven: "Anything about a call that rejected with COMMIT_UNKNOWN: it may have taken effect.",
  clauses: [...single, ...versions, ...patches],
};
