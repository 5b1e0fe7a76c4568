import assert from "node:assert/strict";
import {
  defineCollection,
  integer,
  text,
  versionOf,
  type Capabilities,
  type CollectionDefinition,
} from "@cutover/core";
import type { Clause, ClauseContext, Topic } from "../clause.ts";
import { hostileKeys } from "../corpus/hostile-keys.ts";
import { hostileValues } from "../corpus/hostile-values.ts";
import { history, items, plain, second } from "../proof/collections.ts";
import { keysIn } from "../proof/keys-found.ts";

const needs = ({ durability }: Capabilities): boolean => durability !== "none";

/** Without durability, what was acknowledged is gone with the backend, and the store can be used anew. */
async function without(context: ClauseContext): Promise<void> {
  const backend = await context.open([plain, second]);
  await backend.collection(plain).put("k", 1);
  await backend.transaction((tx) => tx.collection(second).put("k", 1));
  const again = await context.reopen(backend);
  for (const definition of [plain, second]) {
    assert.equal(await again.collection(definition).get("k"), undefined);
    assert.deepEqual(await again.collection(definition).find(), []);
    await again.collection(definition).insert("k", 2);
  }
}

type Grown = { readonly title?: string; readonly size?: number; readonly note?: string };

const fewFields: CollectionDefinition<Grown> = defineCollection<Grown>({
  name: "grown",
  fields: { title: text() },
});
const moreFields: CollectionDefinition<Grown> = defineCollection<Grown>({
  name: "grown",
  fields: { title: text(), size: integer(), note: text() },
  indexes: ["size"],
});

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `k${index}`);

const reopened: readonly Clause[] = [
  {
    id: "durability/reopened",
    title: "what was acknowledged is there after closing and opening, as often as one likes",
    needs,
    without,
    run: async (context) => {
      let backend = await context.open([plain, history]);
      for (let round = 0; round < 4; round++) {
        await backend
          .collection(plain)
          .put(`r${round}`, { round, value: hostileValues[round] ?? null });
        await backend.collection(history).put(`r${round}`, round);
        await backend.collection(plain).put("r0", { round });
        backend = await context.reopen(backend);
        const expected = numbered(round + 1).map((key) => key.replace("k", "r"));
        assert.equal(keysIn(await backend.collection(plain).find()), expected.join(" "));
        assert.equal(
          keysIn(await backend.collection(history).find()),
          expected.toReversed().join(" "),
        );
        const version = (await backend.collection(plain).entry("r0"))?.version;
        assert.equal(version, versionOf({ round }));
      }
    },
  },
  {
    id: "durability/grown-definition",
    title:
      "a member that is declared later is filtered, sorted and kept from what was stored before",
    needs,
    without,
    run: async (context) => {
      const before = await context.open([fewFields]);
      const records: readonly Grown[] = [
        { title: "b", size: 2, note: "x" },
        { size: 1, title: "a" },
        { note: "y", title: "c" },
      ];
      await before
        .collection(fewFields)
        .putMany(records.map((record, index) => [`k${index}`, record]));
      await before.close();
      const after = (await context.open([moreFields])).collection(moreFields);
      assert.equal(keysIn(await after.find({ where: { size: { gte: 1 } } })), "k0 k1");
      assert.equal(keysIn(await after.find({ orderBy: [{ field: "size" }] })), "k2 k1 k0");
      assert.equal(keysIn(await after.find({ where: { note: "y" } })), "k2");
      assert.equal(
        JSON.stringify((await after.find()).map(({ value }) => value)),
        JSON.stringify(records),
      );
    },
  },
  {
    id: "durability/shrunk-definition",
    title: "a member that is no longer declared is kept",
    needs,
    without,
    run: async (context) => {
      const record: Grown = { note: "x", title: "b", size: 2 };
      const before = await context.open([moreFields]);
      await before.collection(moreFields).put("k", record);
      await before.close();
      const after = (await context.open([fewFields])).collection(fewFields);
      assert.equal(JSON.stringify(await after.get("k")), JSON.stringify(record));
      await after.patch("k", { title: "c" });
      assert.equal(JSON.stringify(await after.get("k")), JSON.stringify({ ...record, title: "c" }));
    },
  },
];

const crashed: readonly Clause[] = [
  {
    id: "durability/process-crash",
    title: "what was acknowledged survives the sudden end of its process, hostile or not",
    needs,
    without,
    run: async (context) => {
      const child = await context.secondProcess([plain, items]);
      await child.run("putEach", { collection: "items", keys: ["a", "b"], value: { size: 1 } });
      const writing = { collection: "plain", keys: hostileKeys, value: hostileValues.slice(0, 60) };
      await assert.rejects(child.run("crashAfter", writing), /SIGKILL/);
      assert.equal(await child.ended, null);
      const backend = await context.open([plain, items]);
      const found = await backend.collection(plain).find();
      assert.deepEqual(
        found.map(({ key }) => key),
        hostileKeys,
      );
      for (const { value } of found)
        assert.equal(JSON.stringify(value), JSON.stringify(writing.value));
      assert.equal(await backend.collection(items).count({ size: 1 }), 2);
      await backend.collection(plain).put("next", 1);
    },
  },
  {
    id: "durability/crash-in-a-batch",
    title: "of a batch whose process ends suddenly there is all or nothing, and the store goes on",
    heavy: true,
    needs,
    without,
    run: async (context) => {
      const keys = numbered(2000);
      for (const [round, times] of [0, 1, 2, 3, 5, 8, 16, 64].entries()) {
        const store = `store${round}`;
        const child = await context.secondProcess([plain], { store });
        await child.run("putEach", { collection: "plain", keys: ["k0", "kept"], value: "old" });
        const batch = { collection: "plain", keys, value: "new", times };
        await assert.rejects(child.run("crashWhilePutting", batch), /SIGKILL/);
        const collection = (await context.open([plain], { store })).collection(plain);
        // One read: a server may finish the batch of a process that is gone between two of them.
        const found = new Map((await collection.find()).map(({ key, value }) => [key, value]));
        const count = found.size;
        assert.ok(count === 2 || count === 2001, `${count - 2} of 1,999 new records are there`);
        assert.equal(found.get("k0"), count === 2 ? "old" : "new");
        assert.equal(found.get("kept"), "old");
        await collection.putMany(keys.map((key) => [key, "again"]));
        assert.equal(await collection.count(), 2001);
      }
    },
  },
];

/** What outlives the process. */
export const durability: Topic = {
  name: "durability",
  law: "A call that resolved is durable to the level that `capabilities.durability` names: `none` is gone with the backend, `process-crash` survives the end of the process, however sudden, `power-loss` that and the machine losing power. What was declared may change between openings: members that are declared later are found, members that are no longer declared are kept.",
  unproven: "Losing power: that takes a simulated disk, and is shown by the adapters' crash tests.",
  clauses: [...reopened, ...crashed],
};
