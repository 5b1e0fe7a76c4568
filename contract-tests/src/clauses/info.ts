import assert from "node:assert/strict";
import type { CollectionDefinition, CollectionInfo, StorageBackend } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { plain, second, sessions } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { rejection } from "../proof/rejection.ts";

async function about(
  backend: StorageBackend,
  definition: CollectionDefinition,
): Promise<CollectionInfo> {
  const { name } = backend.collection(definition).definition;
  const { collections } = await backend.info();
  const found = collections.filter((collection) => collection.name === name);
  assert.equal(found.length, 1, `info() tells of "${name}" ${found.length} times`);
  const [one] = found;
  assert.ok(one !== undefined);
  return one;
}

/** What a store says of itself. */
export const info: Topic = {
  name: "info",
  law: "info() tells where the data lies, how much there is, and how many records each collection stores, expired ones included. It tells a collection that was never written to from an empty one: it exists from its first put(), clear() or replaceAll() on. Reading creates nothing. Capabilities never change while a backend is open.",
  unproven: "That sizeBytes is exact: what a store counts as its own is the adapter's word.",
  clauses: [
    {
      id: "info/missing-or-empty",
      title: "a collection that was never written to is told from an empty one",
      run: async (context) => {
        const backend = await context.open([plain, second, sessions]);
        for (const definition of [plain, second, sessions]) {
          const { name } = definition;
          assert.deepEqual(await about(backend, definition), { name, exists: false, records: 0 });
        }
        await backend.collection(plain).put("k", 1);
        await backend.collection(plain).delete("k");
        await backend.collection(second).clear();
        await backend.collection(sessions).replaceAll([]);
        let now = backend;
        for (const exists of [true, context.capabilities.durability !== "none"]) {
          for (const definition of [plain, second, sessions]) {
            const { name } = definition;
            assert.deepEqual(await about(now, definition), { name, exists, records: 0 });
          }
          if (now === backend) now = await context.reopen(backend);
        }
      },
    },
    {
      id: "info/reading-creates-nothing",
      title: "neither reads nor writes that change nothing make a collection exist",
      run: async (context) => {
        const backend = await context.open([plain]);
        const collection = backend.collection(plain);
        await collection.get("k");
        await collection.find();
        await collection.count();
        await collection.iterate().next();
        await collection.delete("k");
        await collection.deleteMany(["k", "l"]);
        await rejection(collection.put("k", 1, { ifVersion: "no" }));
        const undone = backend.transaction(async (tx) => {
          await tx.collection(plain).put("k", 1);
          throw new Error("mine");
        });
        await rejection(undone);
        await backend.transaction(async (tx) => tx.collection(plain).find());
        assert.deepEqual(await about(backend, plain), { name: "plain", exists: false, records: 0 });
        const again = await context.reopen(backend);
        assert.deepEqual(await about(again, plain), { name: "plain", exists: false, records: 0 });
      },
    },
    {
      id: "info/records",
      title: "info() counts the records of each collection, expired ones included",
      run: (context) =>
        liveAndReopened(context, {
          collections: [plain, second, sessions],
          options: { clock: () => 5000 },
          write: async (backend) => {
            await backend.collection(plain).putMany(["a", "b", "c"].map((key) => [key, 1]));
            await backend.collection(plain).put("a", 2);
            await backend.collection(plain).delete("b");
            await backend.collection(sessions).put("old", { expiresAt: 1 });
            await backend.collection(sessions).put("new", {});
          },
          check: async (backend) => {
            assert.equal((await about(backend, plain)).records, 2);
            assert.equal((await about(backend, second)).records, 0);
            assert.equal((await about(backend, sessions)).records, 2);
            assert.equal(await backend.collection(sessions).count(), 1);
          },
        }),
    },
    {
      id: "info/location",
      title: "info() names the backend's kind, and where lasting data lies and how much it is",
      run: async (context) => {
        const backend = await context.open([plain]);
        await backend.collection(plain).put("k", "x".repeat(200_000));
        const { kind, location, sizeBytes } = await backend.info();
        assert.equal(kind, backend.kind);
        assert.ok(kind.length > 0);
        assert.ok(Number.isSafeInteger(sizeBytes));
        const lasts = context.capabilities.durability !== "none";
        assert.equal(location?.startsWith(context.place) ?? false, lasts);
        assert.equal(sizeBytes >= 200_000, lasts, `${sizeBytes} bytes`);
      },
    },
    {
      id: "info/capabilities",
      title: "capabilities are what the type says, and the same throughout",
      run: async (context) => {
        const backend = await context.open([plain]);
        const first = { ...backend.capabilities };
        assert.ok(["none", "process-crash", "power-loss"].includes(first.durability));
        for (const name of ["multiProcess", "backup", "relevance"] as const)
          assert.equal(typeof first[name], "boolean", name);
        await backend.collection(plain).put("k", 1);
        assert.deepEqual(backend.capabilities, first);
        await backend.close();
        assert.deepEqual(backend.capabilities, first);
        assert.deepEqual(context.capabilities, first);
      },
    },
  ] satisfies readonly Clause[],
};
