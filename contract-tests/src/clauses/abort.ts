import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import type { CallOptions, StorageBackend } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { articles, type Article } from "../proof/collections.ts";
import { rejection } from "../proof/rejection.ts";

type Call = (backend: StorageBackend, options: CallOptions, location: string) => Promise<unknown>;

const value: Article = { title: "new" };

const writes: Readonly<Record<string, Call>> = {
  put: (backend, options) => backend.collection(articles).put("a", value, options),
  insert: (backend, options) => backend.collection(articles).insert("b", value, options),
  patch: (backend, options) => backend.collection(articles).patch("a", value, options),
  update: (backend, options) => backend.collection(articles).update("a", () => value, options),
  delete: (backend, options) => backend.collection(articles).delete("a", options),
  clear: (backend, options) => backend.collection(articles).clear(options),
  replaceAll: (backend, options) =>
    backend.collection(articles).replaceAll([["b", value]], options),
  putMany: (backend, options) => backend.collection(articles).putMany([["b", value]], options),
  deleteMany: (backend, options) => backend.collection(articles).deleteMany(["a"], options),
  transaction: (backend, options) =>
    backend.transaction((tx) => tx.collection(articles).put("a", value), options),
};

const reads: Readonly<Record<string, Call>> = {
  get: (backend, options) => backend.collection(articles).get("a", options),
  getMany: (backend, options) => backend.collection(articles).getMany(["a"], options),
  has: (backend, options) => backend.collection(articles).has("a", options),
  entry: (backend, options) => backend.collection(articles).entry("a", options),
  find: (backend, options) => backend.collection(articles).find(options),
  page: (backend, options) => backend.collection(articles).page({ limit: 1, ...options }),
  iterate: (backend, options) => backend.collection(articles).iterate(options).next(),
  count: (backend, options) => backend.collection(articles).count({}, options),
  aggregate: (backend, options) => backend.collection(articles).aggregate(options),
  search: (backend, options) => backend.collection(articles).search("old", options),
  deleteExpired: (backend, options) => backend.collection(articles).deleteExpired(0, options),
  info: (backend, options) => backend.info(options),
  backup: (backend, options, location) => backend.backup(join(location, "backup"), options),
};

const before = [{ key: "a", value: { title: "old" } }];

/** Giving a call up. */
export const abort: Topic = {
  name: "abort",
  law: "Every call takes a signal. A call that is given up rejects with the signal's reason, as it is, and has changed nothing; calls beside it go on. A signal that fires after a call has ended means nothing to it.",
  unproven: "How soon a call that is already at work in the store is given up.",
  clauses: [
    {
      id: "abort/before",
      title: "a call with a signal that was aborted rejects with its reason and changes nothing",
      run: async (context) => {
        const backend = await context.open([articles]);
        await backend.collection(articles).put("a", { title: "old" });
        const reasons = [new Error("enough"), "a text", { an: "object" }];
        for (const [name, call] of Object.entries({ ...reads, ...writes }))
          for (const reason of reasons) {
            const signal = AbortSignal.abort(reason);
            const error = await rejection(call(backend, { signal }, context.location), name);
            assert.equal(error, reason, name);
          }
        const { signal } = new AbortController();
        assert.deepEqual(await backend.collection(articles).find({ signal }), before);
      },
    },
    {
      id: "abort/waiting",
      title:
        "a write that is aborted while it waits for its turn changes nothing, the others go on",
      run: async (context) => {
        const backend = await context.open([articles]);
        const collection = backend.collection(articles);
        await collection.put("a", { title: "old" });
        for (const [name, call] of Object.entries(writes)) {
          const begun = Promise.withResolvers<void>();
          const gate = Promise.withResolvers<void>();
          const holding = backend.transaction(async () => {
            begun.resolve();
            await gate.promise;
          });
          await begun.promise;
          const controller = new AbortController();
          const given = rejection(call(backend, controller, context.location), name);
          const beside = collection.put("beside", { title: name });
          const reason = new Error(name);
          controller.abort(reason);
          gate.resolve();
          assert.equal(await given, reason, name);
          await Promise.all([holding, beside]);
          assert.deepEqual(await collection.get("beside"), { title: name });
          await collection.delete("beside");
          assert.deepEqual(await collection.find(), before, name);
        }
      },
    },
    {
      id: "abort/after",
      title:
        "a signal that fires after a call has ended changes nothing, and nothing listens to it",
      run: async (context) => {
        const backend = await context.open([articles]);
        await backend.collection(articles).put("a", { title: "old" });
        const controller = new AbortController();
        const { signal } = controller;
        for (const [name, call] of Object.entries(reads)) {
          if (name === "backup") continue;
          await call(backend, { signal }, context.location);
          assert.equal(getEventListeners(signal, "abort").length, 0, `${name} still listens`);
        }
        for (const [name, call] of Object.entries(writes)) {
          await backend.collection(articles).replaceAll([["a", { title: "old" }]]);
          await call(backend, { signal }, context.location);
          assert.equal(getEventListeners(signal, "abort").length, 0, `${name} still listens`);
        }
        controller.abort(new Error("too late"));
        // The transaction was the last of the writes.
        assert.deepEqual(await backend.collection(articles).find(), [{ key: "a", value }]);
      },
    },
    {
      id: "abort/inside",
      title: "an operation given up inside a transaction ends the transaction with nothing changed",
      run: async (context) => {
        const backend = await context.open([articles]);
        await backend.collection(articles).put("a", { title: "old" });
        const reason = new Error("enough");
        const transaction = backend.transaction(async (tx) => {
          await tx.collection(articles).put("b", value);
          await tx.collection(articles).put("a", value, { signal: AbortSignal.abort(reason) });
        });
        assert.equal(await rejection(transaction), reason);
        assert.deepEqual(await backend.collection(articles).find(), before);
      },
    },
  ] satisfies readonly Clause[],
};
