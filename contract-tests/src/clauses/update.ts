import assert from "node:assert/strict";
import type { Clause, Topic } from "../clause.ts";
import { plain } from "../proof/collections.ts";
import { refusedUnchanged, rejection } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

const add = (current: unknown): number => (typeof current === "number" ? current : 0) + 1;

/** Reading, computing and writing as one step. */
export const update: Topic = {
  name: "update",
  law: "update(key, change) reads, computes and writes as one step, whoever else writes: no increment is ever lost. `change` is synchronous, gets a copy of its own or undefined, returns the new value, and may run again. What it throws is rethrown as it is.",
  unproven: "That get() followed by put() loses nothing: it may, and says so.",
  clauses: [
    {
      id: "update/atomic",
      title: "concurrent updates in one process lose no increment",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        const times = Array.from({ length: 200 });
        const written = await Promise.all(times.map(() => collection.update("n", add)));
        assert.equal(await collection.get("n"), 200);
        assert.deepEqual(
          written.toSorted((left, right) => Number(left) - Number(right)),
          times.map((_, index) => index + 1),
          "every update returns what it wrote itself",
        );
      },
    },
    {
      id: "update/among-others",
      title: "updates lose nothing to puts, batches and transactions on other records",
      run: async (context) => {
        const backend = await context.open([plain]);
        const collection = backend.collection(plain);
        const all: Promise<unknown>[] = [];
        for (let turn = 0; turn < 40; turn++) {
          all.push(
            collection.update("n", add),
            collection.put(`p${turn}`, turn),
            backend.transaction(async (tx) => {
              const read = await tx.collection(plain).get("n");
              await tx.collection(plain).put("n", add(read));
            }),
            collection.putMany([
              [`a${turn}`, 1],
              [`b${turn}`, 1],
            ]),
          );
        }
        await Promise.all(all);
        assert.equal(await collection.get("n"), 80);
        assert.equal(await collection.count(), 121);
      },
    },
    {
      id: "update/absent",
      title: "update() hands undefined for an absent record and creates it",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        const seen: unknown[] = [];
        const written = await collection.update("k", (current) => {
          seen.push(current);
          return { n: 1 };
        });
        assert.deepEqual(written, { n: 1 });
        assert.deepEqual(await collection.get("k"), { n: 1 });
        await collection.delete("k");
        await collection.update("k", (current) => {
          seen.push(current);
          return null;
        });
        assert.deepEqual([...new Set(seen)], [undefined]);
        assert.equal(await collection.has("k"), true);
      },
    },
    {
      id: "update/throws",
      title: "what the function throws is rethrown as it is, and nothing is changed",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        await collection.put("k", { list: [1] });
        for (const thrown of [new Error("mine"), new RangeError("mine too"), "a text", undefined]) {
          const call = collection.update("k", (current) => {
            untyped(Object.assign(untyped(current), { list: [] }));
            throw thrown;
          });
          const others = collection.put("other", String(thrown));
          assert.equal(await rejection(call), thrown);
          await others;
          assert.deepEqual(await collection.get("k"), { list: [1] });
          assert.equal(await collection.get("other"), String(thrown));
        }
      },
    },
    {
      id: "update/returns-no-value",
      title: "a function that returns undefined, or a promise, is refused with INVALID_VALUE",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        await collection.put("k", 1);
        for (const returned of [undefined, Promise.resolve(2), () => 2, Number.NaN]) {
          const call = (): Promise<unknown> => collection.update("k", () => untyped(returned));
          await refusedUnchanged(collection, "INVALID_VALUE", call, typeof returned);
          const fresh = (): Promise<unknown> => collection.update("new", () => untyped(returned));
          await refusedUnchanged(collection, "INVALID_VALUE", fresh, typeof returned);
        }
      },
    },
    {
      id: "update/one-insert-wins",
      title: "of concurrent inserts of one key exactly one succeeds",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        for (const key of ["a", "b", "c"]) {
          const tries = Array.from({ length: 20 }, (_, index) => collection.insert(key, index));
          const ends = await Promise.allSettled(tries);
          const winners = ends.flatMap((end, index) => (end.status === "fulfilled" ? [index] : []));
          assert.equal(winners.length, 1);
          assert.equal(await collection.get(key), winners[0]);
        }
      },
    },
    {
      id: "update/one-version-wins",
      title: "of concurrent puts with the same version exactly one succeeds",
      run: async (context) => {
        const collection = (await context.open([plain])).collection(plain);
        await collection.put("k", "start");
        const ifVersion = (await collection.entry("k"))?.version ?? "";
        const tries = Array.from({ length: 20 }, (_, n) => collection.put("k", n, { ifVersion }));
        const ends = await Promise.allSettled(tries);
        const winners = ends.flatMap((end, index) => (end.status === "fulfilled" ? [index] : []));
        assert.equal(winners.length, 1);
        assert.equal(await collection.get("k"), winners[0]);
      },
    },
  ] satisfies readonly Clause[],
};
