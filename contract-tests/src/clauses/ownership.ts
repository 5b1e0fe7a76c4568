import assert from "node:assert/strict";
import { defineCollection, type JsonObject, type JsonValue } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { trusted, untyped } from "../proof/trusted.ts";

const plain = defineCollection<JsonObject>({ name: "plain" });

const original = (): JsonObject => ({ a: { list: [1, { deep: true }] }, n: 1 });
const text = JSON.stringify(original());

/** Changes everything that can be changed in a value. */
function spoil(value: unknown): void {
  const spoiled = trusted<{ a: { list: { deep: boolean }[]; more?: string } }>(value);
  const { a } = spoiled;
  const last = a.list[1];
  if (last !== undefined) last.deep = false;
  a.list.push({ deep: false });
  a.more = "spoiled";
  Object.assign(spoiled, { n: 2, extra: true });
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

const passedIn: readonly Clause[] = [
  {
    id: "ownership/passed-in",
    title: "changing a value after it was handed over changes nothing in the store, awaited or not",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      const value = original();
      const calls: readonly ((value: JsonObject) => Promise<unknown>)[] = [
        (mine) => collection.put("put", mine),
        (mine) => collection.insert("insert", mine),
        (mine) => collection.patch("patch", mine),
        (mine) => collection.update("update", () => mine),
        (mine) => collection.putMany([["putMany", mine]]),
        (mine) => backend.transaction((tx) => tx.collection(plain).put("inside", mine)),
      ];
      for (const call of calls) {
        const unawaited = original();
        const calling = call(unawaited);
        // update() and the work of a transaction run when it is their turn: those are awaited.
        if (call === calls[3] || call === calls[5]) await calling;
        spoil(unawaited);
        await calling;
      }
      await collection.put("awaited", value);
      spoil(value);
      for (const entry of await collection.find())
        assert.equal(JSON.stringify(entry.value), text, `what ${entry.key} stored`);
      assert.equal(await collection.count(), calls.length + 1);
    },
  },
  {
    id: "ownership/passed-lists",
    title: "changing a list after it was handed over changes nothing",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      await collection.put("held", original());
      const entries: [string, JsonObject][] = [["a", original()]];
      const putting = collection.putMany(entries);
      spoil(entries[0]?.[1]);
      entries.push(["b", {}]);
      await putting;
      const keys = ["a"];
      const reading = collection.getMany(keys);
      keys[0] = "b";
      assert.equal(JSON.stringify([...(await reading)]), JSON.stringify([["a", original()]]));
      const doomed = ["a"];
      const deleting = collection.deleteMany(doomed);
      doomed.push("held");
      assert.equal(await deleting, 1);
      const all: [string, JsonObject][] = [["c", original()]];
      const replacing = collection.replaceAll(all);
      spoil(all[0]?.[1]);
      all.push(["d", {}]);
      await replacing;
      const found = await collection.find();
      assert.equal(JSON.stringify(found), JSON.stringify([{ key: "c", value: original() }]));
    },
  },
  {
    id: "ownership/inputs-untouched",
    title: "nothing that is handed over is changed, frozen or not",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      const value = { ...original(), nothing: untyped(undefined), zero: -0 };
      await collection.put("k", value);
      assert.ok("nothing" in value && Object.is(value.zero, -0));
      spoil(value);
      await collection.put("k", frozen(original()));
      await collection.patch("k", frozen({ b: [1] }));
      await collection.putMany(frozen([["m", original()]] as [string, JsonObject][]));
      await collection.update("k", (current) => frozen({ ...current }));
      await collection.find(
        frozen({ where: { $key: { in: ["k"] } }, orderBy: [{ field: "$key" }] }),
      );
      assert.deepEqual(await collection.get("k"), { ...original(), b: [1] });
    },
  },
];

const handedOut: readonly Clause[] = [
  {
    id: "ownership/handed-out",
    title: "changing what a read or a write returned changes nothing in the store",
    run: async (context) => {
      const backend = await context.open([plain]);
      const collection = backend.collection(plain);
      await collection.put("k", original());
      const reads: Readonly<Record<string, () => Promise<JsonValue | undefined>>> = {
        get: () => collection.get("k"),
        getMany: async () => (await collection.getMany(["k"])).get("k"),
        entry: async () => (await collection.entry("k"))?.value,
        find: async () => (await collection.find())[0]?.value,
        filtered: async () => (await collection.find({ where: { $key: "k" } }))[0]?.value,
        sorted: async () => (await collection.find({ orderBy: [{ field: "$key" }] }))[0]?.value,
        page: async () => (await collection.page({ limit: 1 })).entries[0]?.value,
        iterate: async () => (await collection.iterate().next()).value?.value,
        update: () => collection.update("k", (current) => current ?? {}),
        patch: () => collection.patch("k", {}),
        inside: () => backend.transaction((tx) => tx.collection(plain).get("k")),
      };
      for (const [name, read] of Object.entries(reads)) {
        const value = await read();
        assert.equal(JSON.stringify(value), text, name);
        spoil(value);
        assert.equal(JSON.stringify(await collection.get("k")), text, `after ${name}`);
        assert.equal(JSON.stringify((await collection.find())[0]?.value), text, `after ${name}`);
        assert.equal(JSON.stringify(await read()), text, `${name} again`);
      }
    },
  },
  {
    id: "ownership/inside",
    title: "inside a transaction, too, values are copies",
    run: async (context) => {
      const backend = await context.open([plain]);
      await backend.collection(plain).put("old", original());
      await backend.transaction(async (tx) => {
        const collection = tx.collection(plain);
        const value = original();
        await collection.put("new", value);
        spoil(value);
        for (const key of ["old", "new"]) spoil(await collection.get(key));
        for (const entry of await collection.find()) spoil(entry.value);
        spoil(await collection.update("new", (current) => current ?? {}));
        await collection.update("old", (current) => {
          const copy = original();
          spoil(current);
          return copy;
        });
      });
      for (const { value } of await backend.collection(plain).find())
        assert.equal(JSON.stringify(value), text);
    },
  },
];

/** Whose a value is. */
export const ownership: Topic = {
  name: "ownership",
  law: "Values that are handed in are copied when the call is made, values that are handed out are copies: changing either changes nothing in the store, and the store changes nothing in what it was handed.",
  unproven: "That copies are deep without being taken: a store may share what cannot be changed.",
  clauses: [...passedIn, ...handedOut],
};
