import { statSync } from "node:fs";
import { defineCollection, integer, text } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";
import { shapes, values, type Shape } from "./schema-shapes.ts";

const changes = shapes.flatMap((from) =>
  shapes.filter((to) => to !== from).map((to) => [from[0], to[0], from[1], to[1]] as const),
);

test.each(changes)(
  "records stay as they are when a definition goes from %s to %s",
  async (_from, _to, from, to) => {
    using folder = new Folder();
    const open = (shape: Shape) =>
      sqliteBackend({
        path: folder.file(),
        synchronous: "normal",
        collections: [defineCollection({ name: "items", ...shape })],
      });
    {
      await using before = open(from);
      await before.collection(defineCollection({ name: "items", ...from })).putMany(values);
    }
    await using after = open(to);
    const items = after.collection(defineCollection({ name: "items", ...to }));
    expect(JSON.stringify((await items.find()).map(({ key, value }) => [key, value]))).toBe(
      JSON.stringify(values),
    );
    await items.put("new", { title: "new" });
    expect((await items.find()).at(-1)).toEqual({ key: "new", value: { title: "new" } });
  },
);

test("records written before a field or a search was declared are found by it", async () => {
  using folder = new Folder();
  {
    await using before = sqliteBackend({ path: folder.file() });
    await before.collection(defineCollection({ name: "items" })).putMany(values);
  }
  const fields = { title: text(), size: integer() };
  const after = defineCollection({ name: "items", fields, indexes: ["size"], search: ["title"] });
  await using storage = sqliteBackend({ path: folder.file() });
  const items = storage.collection(after);
  expect((await items.search("late")).map(({ key }) => key)).toEqual(["10"]);
  expect((await items.find({ where: { size: 3 } })).map(({ key }) => key)).toEqual(["plain"]);
  expect(await items.count({ size: { isNull: true } })).toBe(1);
});

test("a new unique constraint that does not hold is refused, and nothing changes", async () => {
  using folder = new Folder();
  const loose = defineCollection({ name: "items", fields: { title: text() } });
  const strict = defineCollection({ name: "items", fields: { title: text() }, unique: ["title"] });
  {
    await using before = sqliteBackend({ path: folder.file() });
    await before.collection(loose).putMany([
      ["a", { title: "x" }],
      ["b", { title: "x" }],
    ]);
  }
  {
    await using refused = sqliteBackend({ path: folder.file() });
    await expect(refused.collection(strict).get("a")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  }
  await using after = sqliteBackend({ path: folder.file() });
  expect(await after.collection(loose).count()).toBe(2);
});

test("an index that is no longer declared is dropped", async () => {
  using folder = new Folder();
  const names = async (indexes: string[]): Promise<unknown> => {
    const items = defineCollection({ name: "items", fields: { a: text(), b: text() }, indexes });
    await using storage = sqliteBackend({ path: folder.file() });
    await storage.collection(items).put("k", { a: "1" });
    const database = new Database(folder.file());
    try {
      return database
        .prepare(
          "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'items' ORDER BY 1",
        )
        .pluck()
        .all();
    } finally {
      database.close();
    }
  };
  expect(await names(["a"])).toEqual(["items$index$a", "items$key"]);
  expect(await names(["b"])).toEqual(["items$index$b", "items$key"]);
});

test("a program with an older definition may not write once the tables have changed", async () => {
  using folder = new Folder();
  const old = defineCollection({ name: "items", fields: { a: text() } });
  const next = defineCollection({ name: "items", fields: { a: text(), b: text() } });
  await using before = sqliteBackend({ path: folder.file() });
  await before.collection(old).put("k", { a: "1", b: "2" });
  await using after = sqliteBackend({ path: folder.file() });
  expect(await after.collection(next).get("k")).toEqual({ a: "1", b: "2" });
  await expect(before.collection(old).put("k", { a: "9" })).rejects.toMatchObject({
    code: "SCHEMA_OUTDATED",
  });
  expect(await after.collection(next).get("k")).toEqual({ a: "1", b: "2" });
});

test("the layout's version is recorded, and a newer one is left untouched", async () => {
  using folder = new Folder();
  {
    await using storage = sqliteBackend({ path: folder.file() });
    await storage.collection(notes).put("k", 1);
  }
  const database = new Database(folder.file());
  const [row] = database
    .prepare<[], { version: number; applied_at: string }>("SELECT * FROM schema_version")
    .all();
  expect(row?.version).toBe(1);
  expect(Number.isNaN(Date.parse(row?.applied_at ?? ""))).toBe(false);
  database.exec("INSERT INTO schema_version VALUES (99, '2099-01-01T00:00:00Z')");
  database.close();
  await using storage = sqliteBackend({ path: folder.file() });
  await expect(storage.collection(notes).put("k", 2)).rejects.toMatchObject({
    code: "FORMAT_TOO_NEW",
  });
});

test("a database of another application is refused and not changed", async () => {
  using folder = new Folder();
  const database = new Database(folder.file());
  database.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  const before = database.serialize();
  database.close();
  {
    await using storage = sqliteBackend({ path: folder.file() });
    await expect(storage.collection(notes).get("k")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  }
  const after = new Database(folder.file());
  expect(after.serialize().equals(before)).toBe(true);
  after.close();
});

test("a file that is no database is CORRUPT_DATA naming the file", async () => {
  using folder = new Folder();
  const { writeFileSync } = await import("node:fs");
  writeFileSync(
    folder.file(),
    "this is no database, but it is long enough to be taken for one".repeat(20),
  );
  await using storage = sqliteBackend({ path: folder.file() });
  await expect(storage.collection(notes).get("k")).rejects.toMatchObject({
    code: "CORRUPT_DATA",
    message: expect.stringContaining(folder.file()) as unknown,
  });
});

test("a folder that is not there is IO_FAILED, and works once it is", async () => {
  using folder = new Folder();
  const { mkdirSync } = await import("node:fs");
  await using storage = sqliteBackend({ path: folder.file("deep/store.db") });
  await expect(storage.collection(notes).get("k")).rejects.toMatchObject({ code: "IO_FAILED" });
  mkdirSync(folder.file("deep"));
  expect(await storage.collection(notes).get("k")).toBeUndefined();
});

test.skipIf(process.platform === "win32")(
  "the database and its log belong to their owner alone",
  async () => {
    using folder = new Folder();
    await using storage = sqliteBackend({ path: folder.file() });
    await storage.collection(notes).put("k", 1);
    for (const name of ["store.db", "store.db-wal", "store.db-shm"])
      expect(statSync(folder.file(name)).mode & 0o777).toBe(0o600);
  },
);

test("opened for reading only, it reads, refuses writes, and does not create anything", async () => {
  using folder = new Folder();
  {
    await using absent = sqliteBackend({ path: folder.file("absent.db"), readOnly: true });
    await expect(absent.collection(notes).get("k")).rejects.toMatchObject({ code: "IO_FAILED" });
    expect(() => statSync(folder.file("absent.db"))).toThrow("ENOENT");
  }
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(models).put("k", { title: "Red fox" });
  await using reader = sqliteBackend({ path: folder.file(), readOnly: true });
  expect(await reader.collection(models).search("fox")).toHaveLength(1);
  await expect(reader.collection(models).put("k", {})).rejects.toMatchObject({
    code: "NOT_SUPPORTED",
  });
  await expect(reader.collection(notes).get("k")).rejects.toMatchObject({
    code: "SCHEMA_OUTDATED",
  });
});
