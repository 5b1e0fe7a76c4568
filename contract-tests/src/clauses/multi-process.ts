import assert from "node:assert/strict";
import { isStorageError, type Capabilities } from "@cutover/core";
import type { Clause, ClauseContext, Topic } from "../clause.ts";
import { plain } from "../proof/collections.ts";
import { rejection } from "../proof/rejection.ts";
import { racing } from "./multi-process-races.ts";
import { watched } from "./multi-process-watched.ts";

/** Several processes may share the store. */
export const shared = ({ multiProcess }: Capabilities): boolean => multiProcess;

/**
 * A store that cannot be shared must not seem to be: a second opening is refused while the first
 * lasts, or, where nothing lasts, has nothing to do with it.
 */
export async function alone(context: ClauseContext): Promise<void> {
  const first = await context.open([plain]);
  await first.collection(plain).put("k", 1);
  if (context.capabilities.durability === "none") {
    const other = await context.open([plain]);
    assert.equal(await other.collection(plain).get("k"), undefined);
    await other.collection(plain).put("k", 2);
    assert.equal(await first.collection(plain).get("k"), 1);
    return;
  }
  assert.ok(isStorageError(await rejection(context.open([plain]), "opening a store that is open")));
  const elsewhere = context.secondProcess([plain], { lockTimeoutMs: 100 });
  await rejection(elsewhere, "opening it in another process");
  await first.collection(plain).put("k", 2);
  await first.close();
  const next = await context.open([plain]);
  assert.equal(await next.collection(plain).get("k"), 2);
}

const add = (current: unknown): number => (typeof current === "number" ? current : 0) + 1;

const visible: readonly Clause[] = [
  {
    id: "multi-process/seen-at-once",
    title: "what one process has written the other reads next, and the other way round",
    needs: shared,
    without: alone,
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const child = await context.secondProcess([plain]);
      const key = { collection: "plain", key: "k" };
      assert.deepEqual(await child.run("get", key), {});
      for (let round = 0; round < 20; round++) {
        await collection.put("k", { round });
        assert.deepEqual(await child.run("get", key), { value: { round } });
        await child.run("put", { ...key, value: [round] });
        assert.deepEqual(await collection.get("k"), [round]);
        assert.deepEqual(await collection.find(), [{ key: "k", value: [round] }]);
        assert.equal(await collection.delete("k"), true);
        assert.deepEqual(await child.run("get", key), {});
        assert.deepEqual(await child.run("find", key), []);
      }
    },
  },
  {
    id: "multi-process/same-process",
    title: "two backends that one process opens on one store share it just so",
    needs: shared,
    without: alone,
    run: async (context) => {
      const one = (await context.open([plain])).collection(plain);
      const two = (await context.open([plain])).collection(plain);
      for (let round = 0; round < 10; round++) {
        await one.put("k", round);
        assert.equal(await two.get("k"), round);
        await two.put("k", -round);
        assert.equal(await two.get("k"), 0 - round);
        assert.equal(await one.get("k"), 0 - round);
      }
      const times = Array.from({ length: 50 });
      await Promise.all(times.flatMap(() => [one.update("n", add), two.update("n", add)]));
      assert.equal(await one.get("n"), 100);
      assert.equal(await two.get("n"), 100);
    },
  },
  {
    id: "multi-process/put-meets-insert",
    title: "a put that meets an insert of the same key, which found nothing, comes behind it",
    needs: shared,
    without: alone,
    run: async (context) => {
      const one = (await context.open([plain])).collection(plain);
      const two = (await context.open([plain])).collection(plain);
      // Each has written before, and knows the collection.
      for (const collection of [one, two]) await collection.put("before", true);
      for (let round = 0; round < 25; round++) {
        const inserting = two.insert(`k${round}`, "inserted").catch((error: unknown) => {
          assert.ok(isStorageError(error, "ALREADY_EXISTS"), String(error));
        });
        await Promise.all([inserting, one.put(`k${round}`, "put")]);
        assert.equal(await two.get(`k${round}`), "put", `round ${round}`);
      }
    },
  },
  {
    id: "multi-process/iterate",
    title: "a stream goes on while another process writes: what is there throughout comes once",
    needs: shared,
    without: alone,
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = Array.from({ length: 3000 }, (_, index) => `k${index}`);
      await collection.putMany(keys.map((key) => [key, 1]));
      const child = await context.secondProcess([plain]);
      const came = new Map<string, number>();
      let seen = 0;
      for await (const { key } of collection.iterate()) {
        came.set(key, (came.get(key) ?? 0) + 1);
        if (seen++ % 600 !== 0) continue;
        const others = [`new${seen}`, `k${seen + 20}`];
        await child.run("putEach", { collection: "plain", keys: others, value: "changed" });
      }
      for (const key of keys) assert.equal(came.get(key), 1, `${key} came ${came.get(key)} times`);
    },
  },
];

/** Several processes, one store. */
export const multiProcess: Topic = {
  name: "multi-process",
  law: "Where `capabilities.multiProcess` says so, several processes use one store as if they were one: what one has written the others read next, no reader sees half of a batch or a transaction, no increment is lost, and a process that dies takes nothing with it but its own unfinished work. Where it does not say so, a second opening is refused, or has nothing to do with the first.",
  unproven: "Network file systems, and machines that share a store.",
  clauses: [...visible, ...watched(shared, alone), ...racing(shared, alone)],
};
