import { randomBytes } from "node:crypto";
import { defineCollection, isStorageError, text, type CollectionDefinition } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestStores } from "./test-store.ts";

/** No index compresses it to what it takes. */
const long = (beginning: string): string => beginning + randomBytes(9000).toString("hex");

const definition = (
  options: Partial<Parameters<typeof defineCollection>[0]>,
): CollectionDefinition =>
  defineCollection({ name: "texts", fields: { a: text(), b: text() }, ...options });

describePostgres("texts that are too long for an ordinary index", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it("are kept, found and sorted by an indexed member", async () => {
    const texts = stores.open([]).collection(definition({ indexes: ["a", ["b", "a"]] }));
    await texts.put("short", { a: "b", b: "x" });
    const value = { a: long("c"), b: long("d") };
    await texts.put("long", value);
    expect(await texts.get("long")).toEqual(value);
    expect(await texts.find({ where: { a: value.a } })).toHaveLength(1);
    expect(await texts.find({ where: { a: { startsWith: "c" } } })).toHaveLength(1);
    const sorted = await texts.find({ orderBy: [{ field: "a" }] });
    expect(sorted.map(({ key }) => key)).toEqual(["short", "long"]);
  });

  it("are unique where they are declared so, alone and together with others", async () => {
    for (const unique of ["a", ["a", "b"]]) {
      const texts = stores.open([]).collection(definition({ unique: [unique] }));
      const value = { a: long("c"), b: "same" };
      await texts.putMany([
        ["short", { a: "b", b: "same" }],
        ["long", value],
      ]);
      const clash = await texts.put("other", value).catch((error: unknown) => error);
      expect(isStorageError(clash, "ALREADY_EXISTS") && clash.details.constraint).toBe(
        [unique].flat().join(","),
      );
      const short = await texts
        .insert("third", { a: "b", b: "same" })
        .catch((error: unknown) => error);
      expect(isStorageError(short, "ALREADY_EXISTS")).toBe(true);
      await texts.put("third", { a: long("c"), b: "same" });
      expect(await texts.count()).toBe(3);
    }
  });

  it("may be written by a transaction, which runs again", async () => {
    const backend = stores.open([]);
    const texts = definition({ indexes: ["a"] });
    const value = { a: long("c") };
    await backend.transaction(async (tx) => {
      await tx.collection(texts).put("before", { a: "b" });
      await tx.collection(texts).put("long", value);
    });
    expect(await backend.collection(texts).getMany(["before", "long"])).toEqual(
      new Map<string, object>([
        ["before", { a: "b" }],
        ["long", value],
      ]),
    );
  });

  it("may be there before the index is", async () => {
    const schema = stores.nextSchema();
    const first = stores.open([], { schema });
    const value = { a: long("c") };
    await first.collection(definition({})).put("long", value);
    await first.close();
    const texts = stores.open([], { schema }).collection(definition({ indexes: ["a"] }));
    expect(await texts.find({ where: { a: value.a } })).toHaveLength(1);
  });

  it("are found by words of any length", async () => {
    const texts = stores.open([]).collection(definition({ search: ["a"] }));
    const word = "w".repeat(3000);
    await texts.put("long", { a: `${word} other` });
    await texts.put("longer", { a: `${word}x other` });
    const many = Array.from({ length: 60_000 }, (_, index) => `word${index}`).join(" ");
    await texts.put("many", { a: many });
    const found = async (words: string, prefix = false): Promise<string[]> =>
      (await texts.search(words, { prefix })).map(({ key }) => key);
    expect(await found(word)).toEqual(["long"]);
    expect(await found(word, true)).toEqual(["long", "longer"]);
    expect(await found("word59999")).toEqual(["many"]);
    expect(await found("word5999", true)).toEqual(["many"]);
    expect(await found("word60000")).toEqual([]);
  });
});
