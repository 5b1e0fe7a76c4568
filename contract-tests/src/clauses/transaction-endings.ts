import assert from "node:assert/strict";
import { isStorageError, type StorageBackend } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { plain } from "../proof/collections.ts";
import { rejection, rejectsWith } from "../proof/rejection.ts";

/** A transaction that has written "held" and stays open until it is let go. */
async function held(
  backend: StorageBackend,
): Promise<{ readonly letGo: () => void; readonly done: Promise<void> }> {
  const written = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const done = backend.transaction(
    async (tx) => {
      await tx.collection(plain).put("held", 1);
      written.resolve();
      await gate.promise;
    },
    { timeoutMs: 60_000 },
  );
  done.catch(written.reject);
  await written.promise;
  return { letGo: gate.resolve, done };
}

const timeout: Clause = {
  id: "transactions/timeout",
  title: "a transaction that outlives its time is rolled back with LOCK_TIMEOUT, and others go on",
  run: async (context) => {
    const backend = await context.open([plain]);
    const collection = backend.collection(plain);
    const endless = Promise.withResolvers<never>();
    const stuck = backend.transaction(
      async (tx) => {
        await tx.collection(plain).put("stuck", 1);
        await endless.promise;
      },
      { timeoutMs: 50 },
    );
    await rejectsWith("LOCK_TIMEOUT", stuck);
    await collection.put("next", 1);
    await backend.transaction((tx) => tx.collection(plain).put("after", 1));
    assert.deepEqual(
      (await collection.find()).map(({ key }) => key),
      ["next", "after"],
    );
    endless.reject(new Error("too late to matter"));
  },
};

const lateWork: Clause = {
  id: "transactions/late-work",
  title: "work that goes on after its transaction was given up is refused, and changes nothing",
  run: async (context) => {
    const backend = await context.open([plain]);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const tried = Promise.withResolvers<unknown>();
    const controller = new AbortController();
    const givenUp = backend.transaction(
      async (tx) => {
        begun.resolve();
        await gate.promise;
        tried.resolve(rejection(tx.collection(plain).put("late", 1), "a write after the end"));
      },
      { signal: controller.signal },
    );
    await begun.promise;
    controller.abort("enough");
    assert.equal(await rejection(givenUp), "enough");
    gate.resolve();
    assert.ok(isStorageError(await tried.promise, "TRANSACTION_MISUSE"));
    assert.equal(await backend.collection(plain).count(), 0);
  },
};

const waitingCounts: Clause = {
  id: "transactions/waiting-counts",
  title: "a transaction that gets no turn in its time rejects with LOCK_TIMEOUT and never runs",
  run: async (context) => {
    const backend = await context.open([plain]);
    const { letGo, done } = await held(backend);
    let runs = 0;
    const waiting = backend.transaction(
      async () => {
        runs++;
      },
      { timeoutMs: 50 },
    );
    await rejectsWith("LOCK_TIMEOUT", waiting);
    letGo();
    await done;
    assert.equal(runs, 0);
    assert.equal(await backend.collection(plain).count(), 1);
  },
};

const writeWaits: Clause = {
  id: "transactions/write-waits",
  title: "a write that gets no turn within the store's lock timeout rejects and changes nothing",
  run: async (context) => {
    const backend = await context.open([plain], { lockTimeoutMs: 250 });
    const collection = backend.collection(plain);
    const { letGo, done } = await held(backend);
    await Promise.all([
      rejectsWith("LOCK_TIMEOUT", collection.put("a", 1), "put()"),
      rejectsWith("LOCK_TIMEOUT", collection.putMany([["b", 1]]), "putMany()"),
      rejectsWith(
        "LOCK_TIMEOUT",
        collection.update("c", () => 1),
        "update()",
      ),
      rejectsWith("LOCK_TIMEOUT", collection.clear(), "clear()"),
    ]);
    letGo();
    await done;
    assert.deepEqual(await collection.find(), [{ key: "held", value: 1 }]);
    await collection.put("d", 1);
  },
};

const queued: Clause = {
  id: "transactions/queued",
  title: "writers that queue behind a transaction all proceed after it, committed or not",
  run: async (context) => {
    const backend = await context.open([plain]);
    const collection = backend.collection(plain);
    const { letGo, done } = await held(backend);
    const waiting = [
      collection.put("a", 1),
      backend.transaction((tx) => tx.collection(plain).put("b", 1)),
      backend.transaction(async (tx) => {
        await tx.collection(plain).put("undone", 1);
        throw new Error("mine");
      }),
      collection.insert("c", 1),
      collection.delete("held"),
      collection.putMany([["d", 1]]),
    ];
    letGo();
    await done;
    const ends = await Promise.allSettled(waiting);
    assert.deepEqual(
      ends.map(({ status }) => status === "fulfilled"),
      [true, true, false, true, true, true],
    );
    const keys = (await collection.find()).map(({ key }) => key);
    assert.deepEqual(keys.toSorted(), ["a", "b", "c", "d"]);
  },
};

const aborted: Clause = {
  id: "transactions/abort",
  title: "aborting a transaction rejects with the reason itself, rolls back, and others go on",
  run: async (context) => {
    const backend = await context.open([plain]);
    for (const reason of [new Error("enough"), "a text"]) {
      const controller = new AbortController();
      const written = Promise.withResolvers<void>();
      const endless = Promise.withResolvers<void>();
      const transaction = backend.transaction(
        async (tx) => {
          await tx.collection(plain).put("a", 1);
          written.resolve();
          await endless.promise;
        },
        { signal: controller.signal },
      );
      transaction.catch(written.reject);
      await written.promise;
      controller.abort(reason);
      assert.equal(await rejection(transaction), reason);
      await backend.collection(plain).put("next", 1);
      assert.deepEqual(await backend.collection(plain).find(), [{ key: "next", value: 1 }]);
      endless.resolve();
    }
  },
};

const abortedBefore: Clause = {
  id: "transactions/abort-before",
  title: "a transaction aborted before its turn never runs",
  run: async (context) => {
    const backend = await context.open([plain]);
    let runs = 0;
    const work = async (): Promise<void> => {
      runs++;
    };
    const signal = AbortSignal.abort("before");
    assert.equal(await rejection(backend.transaction(work, { signal })), "before");
    const { letGo, done } = await held(backend);
    const controller = new AbortController();
    const waiting = rejection(backend.transaction(work, { signal: controller.signal }));
    controller.abort("while waiting");
    assert.equal(await waiting, "while waiting");
    letGo();
    await done;
    assert.equal(runs, 0);
  },
};

/** How a transaction ends other than by its own work. */
export const endings: readonly Clause[] = [
  timeout,
  lateWork,
  waitingCounts,
  writeWaits,
  queued,
  aborted,
  abortedBefore,
];
