import assert from "node:assert/strict";
import { join } from "node:path";
import type { StorageBackend, Transaction } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { accounts, plain } from "../proof/collections.ts";
import { rejectsWith } from "../proof/rejection.ts";

type BackendCall = (backend: StorageBackend, location: string) => Promise<unknown>;

const backendCalls: Readonly<Record<string, BackendCall>> = {
  get: (backend) => backend.collection(plain).get("k"),
  getMany: (backend) => backend.collection(plain).getMany(["k"]),
  find: (backend) => backend.collection(plain).find(),
  count: (backend) => backend.collection(plain).count(),
  page: (backend) => backend.collection(plain).page({ limit: 1 }),
  iterate: (backend) => backend.collection(plain).iterate().next(),
  put: (backend) => backend.collection(plain).put("k", 1),
  update: (backend) => backend.collection(plain).update("k", () => 1),
  delete: (backend) => backend.collection(plain).delete("k"),
  putMany: (backend) => backend.collection(plain).putMany([["k", 1]]),
  clear: (backend) => backend.collection(plain).clear(),
  transaction: (backend) => backend.transaction(async () => 1),
  info: (backend) => backend.info(),
  backup: (backend, location) => backend.backup(join(location, "backup")),
};

const backendInside: Clause = {
  id: "transactions/backend-inside",
  title: "the backend itself refuses every call inside a transaction with TRANSACTION_MISUSE",
  run: async (context) => {
    const backend = await context.open([plain]);
    await backend.transaction(async (tx) => {
      await tx.collection(plain).put("k", "mine");
      for (const [name, call] of Object.entries(backendCalls))
        await rejectsWith("TRANSACTION_MISUSE", call(backend, context.location), name);
      // Also from a function that the work called and did not wait for.
      await new Promise((resolve) => setImmediate(resolve));
      await rejectsWith("TRANSACTION_MISUSE", backend.collection(plain).get("k"));
    });
    assert.equal(await backend.collection(plain).get("k"), "mine");
  },
};

const othersBeside: Clause = {
  id: "transactions/others-beside",
  title: "callers outside a transaction are not taken for its own work",
  run: async (context) => {
    const backend = await context.open([plain]);
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const transaction = backend.transaction(async (tx) => {
      await tx.collection(plain).put("k", 1);
      begun.resolve();
      await gate.promise;
    });
    await begun.promise;
    const beside = [
      backend.collection(plain).put("other", 1),
      backend.collection(plain).get("other"),
      backend.transaction((tx) => tx.collection(plain).put("third", 1)),
    ];
    gate.resolve();
    await transaction;
    await Promise.all(beside);
    assert.equal(await backend.collection(plain).count(), 3);
  },
};

const failedOperation: Clause = {
  id: "transactions/failed-operation",
  title: "after a failed operation a transaction cannot go on, nor commit, and nothing is changed",
  run: async (context) => {
    const backend = await context.open([accounts]);
    const collection = backend.collection(accounts);
    await collection.put("taken", { email: "x" });
    const failing = [
      (tx: Transaction) => tx.collection(accounts).insert("taken", {}),
      (tx: Transaction) => tx.collection(accounts).put("b", { email: "x" }),
      (tx: Transaction) => tx.collection(accounts).put("taken", {}, { ifVersion: "stale" }),
      (tx: Transaction) => tx.collection(accounts).find({ limit: -1 }),
      (tx: Transaction) => tx.collection(accounts).get(""),
    ];
    for (const fail of failing) {
      const going = backend.transaction(async (tx) => {
        await tx.collection(accounts).put("a", {});
        await assert.rejects(fail(tx));
        await rejectsWith(
          "TRANSACTION_MISUSE",
          tx.collection(accounts).get("a"),
          "a read after it",
        );
        await rejectsWith("TRANSACTION_MISUSE", tx.collection(accounts).put("c", {}), "a write");
      });
      await rejectsWith("TRANSACTION_MISUSE", going, "the commit");
      assert.deepEqual(await collection.find(), [{ key: "taken", value: { email: "x" } }]);
    }
  },
};

const usedLate: Clause = {
  id: "transactions/used-late",
  title: "a transaction that has ended refuses every call with TRANSACTION_MISUSE",
  run: async (context) => {
    const backend = await context.open([plain]);
    let kept: Transaction | undefined;
    await backend.transaction(async (tx) => {
      kept = tx;
    });
    let failed: Transaction | undefined;
    const failing = backend.transaction(async (tx) => {
      failed = tx;
      throw new Error("mine");
    });
    await assert.rejects(failing, /mine/);
    for (const tx of [kept, failed]) {
      assert.ok(tx !== undefined);
      await rejectsWith("TRANSACTION_MISUSE", tx.collection(plain).put("k", 1));
      await rejectsWith("TRANSACTION_MISUSE", tx.collection(plain).get("k"));
    }
    assert.equal(await backend.collection(plain).count(), 0);
  },
};

const unawaited: Clause = {
  id: "transactions/unawaited",
  title:
    "work that ends before its operations do is refused with TRANSACTION_MISUSE, and nothing is changed",
  run: async (context) => {
    const backend = await context.open([plain]);
    const late: Promise<unknown>[] = [];
    const careless = backend.transaction(async (tx) => {
      await tx.collection(plain).put("a", 1);
      const calls = [tx.collection(plain).put("b", 1), tx.collection(plain).find()];
      // Looked after at once: they may be refused before the transaction is.
      late.push(Promise.allSettled(calls));
    });
    await rejectsWith("TRANSACTION_MISUSE", careless);
    await Promise.all(late);
    assert.equal(await backend.collection(plain).count(), 0);
    await backend.transaction((tx) => tx.collection(plain).put("c", 1));
    assert.equal(await backend.collection(plain).count(), 1);
  },
};

/** What must not be done with a transaction. */
export const misuses: readonly Clause[] = [
  backendInside,
  othersBeside,
  failedOperation,
  usedLate,
  unawaited,
];
