import { defineCollection, integer, isStorageError, json, text } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestStores } from "./test-store.ts";

const notes = defineCollection({ name: "notes", fields: { title: text(), n: integer() } });
const documents = defineCollection({ name: "documents" });
const named = defineCollection({
  name: "named",
  fields: { name: text(), tags: json() },
  unique: ["name"],
});

const hostile = [
  "",
  "\\",
  "\\.",
  "\\N",
  "NULL",
  "a\tb",
  "a\nb",
  "a\r\nb",
  "\\n",
  "\\\\t",
  "'\"{},",
  "\u2028",
  "ü€😀",
];

describePostgres("a collection that is replaced", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it("holds texts of any kind, as keys and as values, in their order", async () => {
    const store = stores.open([notes, documents]);
    const keyed = hostile.filter((value) => value !== "").map((value, n) => [value, n] as const);
    const records = keyed.map(([key, n]) => [key, { title: key, n, more: [key, null] }] as const);
    await store.collection(notes).put("gone", { title: "before" });
    await store.collection(notes).replaceAll(records);
    await store.collection(documents).replaceAll(hostile.map((value, n) => [`k${n}`, value]));
    const found = await store.collection(notes).find();
    expect(found.map(({ key, value }) => [key, value])).toEqual(records);
    const values = await store.collection(documents).find();
    expect(values.map(({ value }) => value)).toEqual(hostile);
  });

  it("is as it was before where two records clash, and can be replaced by others", async () => {
    const collection = stores.open([named]).collection(named);
    await collection.put("before", { name: "a" });
    const clashing = Array.from(
      { length: 600 },
      (_, n) => [`k${n}`, { name: `${n % 599}` }] as const,
    );
    const refused = await collection.replaceAll(clashing).catch((error: unknown) => error);
    expect(isStorageError(refused, "ALREADY_EXISTS")).toBe(true);
    expect(await collection.find()).toMatchObject([{ key: "before", value: { name: "a" } }]);
    await collection.replaceAll([
      ["one", { name: "a", tags: ["x\ty"] }],
      ["two", { name: "b" }],
    ]);
    expect((await collection.find()).map(({ key }) => key)).toEqual(["one", "two"]);
  });

  it("may be changed further in the same transaction", async () => {
    const store = stores.open([notes]);
    await store.transaction(async (tx) => {
      const collection = tx.collection(notes);
      await collection.replaceAll(Array.from({ length: 700 }, (_, n) => [`k${n}`, { n }]));
      await collection.put("k5", { n: -5 });
      await collection.delete("k6");
    });
    const collection = store.collection(notes);
    expect(await collection.count()).toBe(699);
    expect(await collection.get("k5")).toEqual({ n: -5 });
    expect(await collection.get("k699")).toEqual({ n: 699 });
  });
});
