import assert from "node:assert/strict";
import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { plain } from "../proof/collections.ts";
import { rejectsWith, throwsWith } from "../proof/rejection.ts";

/** Whether what was acknowledged before a close is there afterwards. */
async function keptAfterClose(
  reopen: () => Promise<StorageBackend>,
  expected: readonly string[],
): Promise<void> {
  const again = await reopen();
  const { durability } = again.capabilities;
  const found = await again.collection(plain).find();
  assert.deepEqual(
    found.map(({ key }) => key),
    durability === "none" ? [] : expected,
  );
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** Closing a backend. */
export const close: Topic = {
  name: "close",
  law: "close() waits for the calls that are under way and then closes what the backend opened, not what it was handed. Every call after it is BACKEND_CLOSED, at once. Closing again is fine. A closed backend keeps no process alive.",
  unproven: "What becomes of calls when the process is ended without close(): see durability.",
  clauses: [
    {
      id: "close/refuses",
      title: "after close() every call is BACKEND_CLOSED",
      run: async (context) => {
        const backend = await context.open([plain]);
        const collection = backend.collection(plain);
        await collection.put("k", 1);
        await backend.close();
        const calls: Readonly<Record<string, () => Promise<unknown>>> = {
          get: () => collection.get("k"),
          getMany: () => collection.getMany(["k"]),
          has: () => collection.has("k"),
          entry: () => collection.entry("k"),
          find: () => collection.find(),
          emptyFind: () => collection.find({ limit: 0 }),
          page: () => collection.page({ limit: 1 }),
          count: () => collection.count(),
          iterate: () => collection.iterate().next(),
          aggregate: () => collection.aggregate({}),
          put: () => collection.put("k", 1),
          insert: () => collection.insert("n", 1),
          update: () => collection.update("k", () => 1),
          patch: () => collection.patch("k", {}),
          delete: () => collection.delete("k"),
          clear: () => collection.clear(),
          putMany: () => collection.putMany([]),
          deleteMany: () => collection.deleteMany([]),
          replaceAll: () => collection.replaceAll([]),
          deleteExpired: () => collection.deleteExpired(),
          transaction: () => backend.transaction(async () => 1),
          info: () => backend.info(),
          backup: () => backend.backup(join(context.location, "backup")),
        };
        for (const [name, call] of Object.entries(calls))
          await rejectsWith("BACKEND_CLOSED", call(), name);
        throwsWith("BACKEND_CLOSED", () => backend.collection(plain));
      },
    },
    {
      id: "close/twice",
      title: "closing again, or twice at once, is fine, and so is leaving an `await using` block",
      run: async (context) => {
        const backend = await context.open([plain]);
        await Promise.all([backend.close(), backend.close()]);
        await backend.close();
        const other = await context.open([plain], { store: "other" });
        {
          const used = other;
          try {
            await used.collection(plain).put("k", 1);
          } finally {
            await used[Symbol.asyncDispose]();
          }
        }
        await rejectsWith("BACKEND_CLOSED", other.info());
      },
    },
    {
      id: "close/waits-for-calls",
      title: "close() waits for writes and reads that are under way, and they succeed",
      run: async (context) => {
        const backend = await context.open([plain]);
        const collection = backend.collection(plain);
        await collection.put("first", 1);
        const under = [
          ...Array.from({ length: 30 }, (_, index) => collection.put(`k${index}`, index)),
          collection.putMany([["batch", 1]]),
          collection.find(),
          collection.get("first"),
          collection.update("updated", () => 1),
        ];
        const reopened = context.reopen(backend);
        await rejectsWith("BACKEND_CLOSED", collection.put("late", 1), "a call after close()");
        const ends = await Promise.allSettled(under);
        assert.ok(ends.every(({ status }) => status === "fulfilled"));
        const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
        await keptAfterClose(() => reopened, ["first", ...keys, "batch", "updated"]);
      },
    },
    {
      id: "close/waits-for-transactions",
      title: "close() waits for a transaction that is under way, and it commits",
      run: async (context) => {
        const backend = await context.open([plain]);
        const begun = Promise.withResolvers<void>();
        const gate = Promise.withResolvers<void>();
        const transaction = backend.transaction(async (tx) => {
          await tx.collection(plain).put("a", 1);
          begun.resolve();
          await gate.promise;
          await tx.collection(plain).put("b", 1);
          return "done";
        });
        await begun.promise;
        let closed = false;
        const reopened = context.reopen(backend).then((again) => {
          closed = true;
          return again;
        });
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(closed, false, "close() did not wait");
        gate.resolve();
        assert.equal(await transaction, "done");
        await keptAfterClose(() => reopened, ["a", "b"]);
      },
    },
    {
      id: "close/lets-go",
      title: "a process that has closed its backend ends by itself",
      needs: ({ durability }) => durability !== "none",
      run: async (context) => {
        const child = await context.secondProcess([plain]);
        await child.run("put", { collection: "plain", key: "k", value: 1 });
        await child.run("get", { collection: "plain", key: "k" });
        await child.run("find", { collection: "plain" });
        await child.run("close");
        assert.equal(await child.ended, 0);
      },
      without: async (context) => {
        const backend = await context.open([plain]);
        const before = timers();
        await backend.transaction((tx) => tx.collection(plain).put("k", 1));
        await backend.close();
        assert.ok(timers() <= before, "a timer is left");
      },
    },
  ] satisfies readonly Clause[],
};
