import { defineCollection, integer, text, type JsonValue } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";

async function rowsAfter(
  definition: typeof models,
  entries: readonly (readonly [string, JsonValue])[],
): Promise<Record<string, unknown>[]> {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(definition).putMany(entries);
  using database = closing(new Database(folder.file(), { readonly: true }));
  return database.of.prepare<[], Record<string, unknown>>(`SELECT * FROM ${definition.name}`).all();
}

function closing(database: Database.Database): { of: Database.Database } & Disposable {
  return { of: database, [Symbol.dispose]: () => void database.close() };
}

test("declared members lie in columns named in snake_case, typed, and nothing else is stored", async () => {
  const value = {
    title: "One",
    sizeBytes: 7,
    rating: 2,
    enabled: true,
    addedAt: "2026-01-02T03:04:05.678901Z",
    seenAt: 1.5e12,
    tags: ["a", null],
  };
  expect(await rowsAfter(models, [["k", value]])).toEqual([
    {
      _position: 1,
      key: "k",
      title: "One",
      size_bytes: 7,
      rating: 2,
      enabled: 1,
      added_at: "2026-01-02T03:04:05.678901Z",
      seen_at: 1.5e12,
      tags: '["a",null]',
      _rest: null,
      _search: "one",
    },
  ]);
});

test("what no column can hold lies in _rest as readable JSON", async () => {
  const rows = await rowsAfter(models, [
    ["misfit", { title: "a", sizeBytes: "7" }],
    ["undeclared", { title: "b", extra: { deep: [1] } }],
    ["null", { title: "c", rating: null }],
    ["order", { rating: 1, title: "d" }],
    ["array", [1, "two"]],
  ]);
  expect(rows.map((row) => JSON.parse(String(row["_rest"])) as unknown)).toEqual([
    { members: { sizeBytes: "7" } },
    { members: { extra: { deep: [1] } } },
    { members: { rating: null } },
    { order: ["rating", "title"] },
    { value: [1, "two"] },
  ]);
});

test("a collection without fields keeps each value as JSON in one column", async () => {
  const rows = await rowsAfter(notes, [
    ["a", { text: "x" }],
    ["b", 7],
  ]);
  expect(rows).toEqual([
    { _position: 1, key: "a", value: '{"text":"x"}' },
    { _position: 2, key: "b", value: "7" },
  ]);
});

test("a declared key member is the key column, and is stored once", async () => {
  const downloads = defineCollection({
    name: "downloads",
    key: "id",
    fields: { size: integer(), id: text() },
  });
  const rows = await rowsAfter(downloads, [["d1", { size: 3, id: "d1" }]]);
  expect(rows).toEqual([{ _position: 1, id: "d1", size: 3, _rest: null }]);
});

test("a key member that is not declared comes first and costs nothing more", async () => {
  const downloads = defineCollection({ name: "downloads", key: "id", fields: { size: integer() } });
  const rows = await rowsAfter(downloads, [["d1", { id: "d1", size: 3 }]]);
  expect(rows).toEqual([{ _position: 1, id: "d1", size: 3, _rest: null }]);
});

test("members named like our own columns, or like columns, are ordinary members", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const odd = defineCollection({
    name: "order",
    fields: { key: text(), rowid: integer(), select: text(), _rest: text(), rank: text() },
    indexes: ["rank", "select"],
    search: ["rank"],
  });
  const collection = storage.collection(odd);
  const value = { key: "x", rowid: 9, select: "from", _rest: "r", rank: "first", _position: 1 };
  await collection.put("k", value);
  expect(await collection.find({ where: { select: "from", _rest: "r", rowid: 9 } })).toEqual([
    { key: "k", value },
  ]);
  expect(await collection.search("first", { order: "relevance" })).toHaveLength(1);
  expect(await collection.getMany(["k"])).toEqual(new Map([["k", value]]));
});

test("a prepended record comes before all others, and appended ones after", async () => {
  const history = defineCollection({ name: "history", order: "prepend" });
  const rows = await rowsAfter(history, [
    ["old", 1],
    ["new", 2],
  ]);
  expect(rows.map((row) => row["key"])).toEqual(["new", "old"]);
});

test("a collection may not take the name of the adapter's own table", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const reserved = storage.collection(defineCollection({ name: "schema_version" }));
  await expect(reserved.get("k")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

test("getMany() tells records without any member from keys that are not there, whatever the columns are called", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const odd = storage.collection(
    defineCollection({
      name: "odd",
      fields: { value: text(), atom: text(), id: integer(), wanted: text({ column: "wanted" }) },
    }),
  );
  const entries: [string, JsonValue][] = [
    ["empty", {}],
    ["null", null],
    ["rest", { other: 0, value: "v" }],
    ["value", { value: "v", atom: "a", id: 0, wanted: "" }],
    ["zero", 0],
  ];
  await odd.putMany(entries);
  const keys = ["zero", "none", "value", "rest", "empty", "null", "empty"];
  expect([...(await odd.getMany(keys))]).toEqual([
    ["zero", 0],
    ["value", { value: "v", atom: "a", id: 0, wanted: "" }],
    ["rest", { value: "v", other: 0 }],
    ["empty", {}],
    ["null", null],
  ]);
  const plain = storage.collection(notes);
  await plain.putMany(entries);
  expect([...(await plain.getMany(["none", "rest", "null", "empty"]))]).toEqual([
    ["rest", { other: 0, value: "v" }],
    ["null", null],
    ["empty", {}],
  ]);
});
