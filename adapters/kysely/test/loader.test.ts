import { existsSync, readdirSync, statSync } from "node:fs";
import {
  defineCollection,
  text,
  timestamp,
  type CollectionDefinition,
  type KeyedValue,
} from "@cutover/core";
import { loadSqlite, sqliteBackend } from "@cutover/kysely/sqlite";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";

const load = (
  folder: Folder,
  definition: CollectionDefinition,
  batches: readonly (readonly KeyedValue[])[],
) =>
  loadSqlite({ path: folder.file(), collections: [definition] }, async (loader) => {
    await loader.load(definition, batches);
  });

test("a loaded database is complete: records in order, indexes, search, and it can be written to", async () => {
  using folder = new Folder();
  const count = 1201;
  async function* batches(): AsyncGenerator<KeyedValue[]> {
    for (let from = 0; from < count; from += 500) {
      const length = Math.min(500, count - from);
      yield Array.from({ length }, (_, index) => {
        const number = from + index;
        return {
          key: `k${count - number}`,
          value: { title: `Title ${number}`, sizeBytes: number },
        };
      });
    }
  }
  const loaded = await loadSqlite(
    { path: folder.file(), collections: [models, notes] },
    async (loader) => {
      expect(await loader.load(models, batches())).toBe(count);
    },
  );
  expect(loaded).toEqual([{ name: "models", records: count }]);
  expect(statSync(folder.file()).mode & 0o777).toBe(0o600);
  await using storage = sqliteBackend({ path: folder.file(), collections: [models, notes] });
  const collection = storage.collection(models);
  expect((await collection.find({ limit: 2 })).map(({ key }) => key)).toEqual(["k1201", "k1200"]);
  expect(await collection.count()).toBe(count);
  expect(await collection.search("1200")).toHaveLength(1);
  expect(await collection.get("k1201")).toEqual({ title: "Title 0", sizeBytes: 0 });
  await expect(collection.insert("x", { title: "Title 7" })).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
  });
  await collection.put("later", { title: "Later" });
  expect((await collection.find()).at(-1)?.key).toBe("later");
  expect((await storage.info()).collections).toEqual([
    { name: "models", exists: true, records: count + 1 },
    { name: "notes", exists: false, records: 0 },
  ]);
});

test("a clash names key and constraint, and leaves no file", async () => {
  using folder = new Folder();
  const twice = [[{ key: "a", value: { title: "x" } }], [{ key: "b", value: { title: "x" } }]];
  await expect(load(folder, models, twice)).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    details: { constraint: "title" },
    message: expect.stringContaining('"b"') as unknown,
  });
  const sameKey = [
    [
      { key: "a", value: 1 },
      { key: "a", value: 2 },
    ],
  ];
  await expect(load(folder, notes, sameKey)).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    details: { constraint: "key" },
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

test("expired records do not clash", async () => {
  using folder = new Folder();
  const leases = defineCollection({
    name: "leases",
    fields: { holder: text(), until: timestamp({ as: "iso-utc" }) },
    unique: ["holder"],
    expiry: "until",
  });
  const records = [
    { key: "old", value: { holder: "h", until: "2020-01-01T00:00:00Z" } },
    { key: "new", value: { holder: "h" } },
  ];
  await load(folder, leases, [records]);
  await using storage = sqliteBackend({ path: folder.file() });
  expect(await storage.collection(leases).find()).toEqual([records[1]]);
});

test("a file that is there is refused and kept", async () => {
  using folder = new Folder();
  await load(folder, notes, [[{ key: "a", value: 1 }]]);
  await expect(load(folder, notes, [])).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await using storage = sqliteBackend({ path: folder.file() });
  expect(await storage.collection(notes).get("a")).toBe(1);
});

test("what the caller throws half-way comes through, and leaves no file", async () => {
  using folder = new Folder();
  const failure = new Error("the source broke");
  const loading = loadSqlite({ path: folder.file(), collections: [notes] }, async (loader) => {
    await loader.load(notes, [[{ key: "a", value: 1 }]]);
    throw failure;
  });
  await expect(loading).rejects.toBe(failure);
  expect(existsSync(folder.file())).toBe(false);
});

test("a collection that was not announced, or comes twice, and a wrong key are refused", async () => {
  using folder = new Folder();
  const twice = loadSqlite({ path: folder.file(), collections: [notes] }, async (loader) => {
    await loader.load(notes, []);
    await loader.load(notes, []);
  });
  await expect(twice).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await expect(load(folder, notes, [[{ key: "", value: 1 }]])).rejects.toMatchObject({
    code: "INVALID_KEY",
  });
});
