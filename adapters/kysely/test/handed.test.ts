import { driverOf } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { CamelCasePlugin, Kysely, sql, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";

test("a database handed in is left open, keeps its busy timeout, and is not marked as ours", async () => {
  using folder = new Folder();
  const database = new Database(folder.file(), { timeout: 1234 });
  database.exec("CREATE TABLE theirs (x)");
  const storage = sqliteBackend({ database });
  await storage.collection(notes).put("k", 1);
  await storage.close();
  expect(database.open).toBe(true);
  expect(database.pragma("busy_timeout", { simple: true })).toBe(1234);
  expect(database.pragma("application_id", { simple: true })).toBe(0);
  expect(database.prepare("SELECT value FROM notes").pluck().get()).toBe("1");
  database.close();
});

test("a table of the application's is never taken for a collection", async () => {
  using folder = new Folder();
  const database = new Database(folder.file());
  database.exec("CREATE TABLE notes (key, value); INSERT INTO notes VALUES ('k', 'theirs')");
  const storage = sqliteBackend({ database });
  await expect(storage.collection(notes).put("k", 1)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
  await storage.close();
  expect(database.prepare("SELECT value FROM notes").pluck().get()).toBe("theirs");
  database.close();
});

test("a database in memory works, and promises no durability", async () => {
  const database = new Database(":memory:");
  const storage = sqliteBackend({ database });
  await storage.collection(models).put("k", { title: "Red fox" });
  expect(await storage.collection(models).search("fox")).toHaveLength(1);
  expect(storage.capabilities).toMatchObject({ durability: "none", multiProcess: false });
  await storage.close();
  database.close();
});

test("writes wait while the application's own transaction is open on the connection", async () => {
  const database = new Database(":memory:");
  const storage = sqliteBackend({ database, collections: [notes], lockTimeoutMs: 30 });
  await storage.collection(notes).put("k", 1);
  database.exec("BEGIN");
  await expect(storage.collection(notes).put("k", 2)).rejects.toMatchObject({
    code: "LOCK_TIMEOUT",
  });
  database.exec("ROLLBACK");
  await storage.collection(notes).put("k", 3);
  expect(await storage.collection(notes).get("k")).toBe(3);
  await storage.close();
  database.close();
});

test("who hears that a batch was refused finds no transaction of it open on the connection", async () => {
  const database = new Database(":memory:");
  const storage = sqliteBackend({ database });
  const driver = driverOf(storage);
  const collection = storage.collection(models);
  await collection.put("a", { title: "taken" });
  const titles = { b: "free", c: "taken" };
  const operations = Object.entries(titles).map(([key, title]) => ({
    type: "put" as const,
    collection: models,
    key,
    value: { title },
    insert: false,
    ifVersion: undefined,
  }));
  const context = { nowMs: 0, timeoutMs: 1000, signal: undefined };
  const isOpen = await driver.write(operations, context).then(
    () => "written",
    () => database.inTransaction,
  );
  expect(isOpen).toBe(false);
  expect(await collection.has("b")).toBe(false);
  await storage.close();
  database.close();
});

test("a connection that hands out BigInts still gives numbers", async () => {
  const database = new Database(":memory:").defaultSafeIntegers(true);
  const storage = sqliteBackend({ database });
  const value = { title: "t", sizeBytes: 2 ** 53 - 1 };
  await storage.collection(models).put("k", value);
  expect(await storage.collection(models).get("k")).toEqual(value);
  await storage.close();
  database.close();
});

test("a Kysely with plugins is left open, and its own queries read our columns", async () => {
  using folder = new Folder();
  const database = new Database(folder.file());
  interface Tables {
    models: { key: string; sizeBytes: number };
  }
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database }),
    plugins: [new CamelCasePlugin()],
  });
  const storage = sqliteBackend({ kysely });
  await storage.collection(models).put("k", { title: "Red fox", sizeBytes: 7, extra: 1 });
  expect(await storage.collection(models).get("k")).toEqual({
    title: "Red fox",
    sizeBytes: 7,
    extra: 1,
  });
  expect(await kysely.selectFrom("models").select(["key", "sizeBytes"]).execute()).toEqual([
    { key: "k", sizeBytes: 7 },
  ]);
  await storage.close();
  expect((await sql`SELECT 1 AS one`.execute(kysely)).rows).toEqual([{ one: 1 }]);
  await kysely.destroy();
});

test("a transaction of ours and one of the application's never mix on one Kysely", async () => {
  using folder = new Folder();
  const kysely = new Kysely<unknown>({
    dialect: new SqliteDialect({ database: new Database(folder.file()) }),
  });
  const storage = sqliteBackend({ kysely, collections: [notes] });
  await storage.collection(notes).put("k", 0);
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const theirs = kysely
    .transaction()
    .execute(async (transaction) => {
      await sql`INSERT INTO notes (key, value) VALUES ('theirs', '1')`.execute(transaction);
      begun.resolve();
      await gate.promise;
      throw new Error("rolled back");
    })
    .catch((error: unknown) => String(error));
  await begun.promise;
  const ours = storage.collection(notes).put("ours", 2);
  gate.resolve();
  expect(await theirs).toContain("rolled back");
  await ours;
  expect((await storage.collection(notes).find()).map(({ key }) => key)).toEqual(["k", "ours"]);
  await storage.close();
  await kysely.destroy();
});
