import { rm } from "node:fs/promises";
import { defineCollection, timestamp } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models } from "./models.ts";

const one = { title: "One", sizeBytes: 1, tags: ["a"], extra: { deep: null } };
const two = { ...one, sizeBytes: 2 };

test("put of an equal value is answered while another process writes, put of another one waits", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), lockTimeoutMs: 50 });
  const collection = storage.collection(models);
  await collection.put("k", one);
  const other = new Database(folder.file());
  try {
    other.exec("BEGIN IMMEDIATE");
    await collection.put("k", structuredClone(one));
    await expect(collection.put("k", two)).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    await expect(
      collection.put("k", { title: "One", tags: ["a"], sizeBytes: 1, extra: { deep: null } }),
    ).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  } finally {
    other.close();
  }
  expect(JSON.stringify(await collection.get("k"))).toBe(JSON.stringify(one));
});

test("of puts that were not awaited the last one called has the last word, also where it puts back what was there", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const collection = storage.collection(models);
  await collection.put("k", one);
  await Promise.all([collection.put("k", two), collection.put("k", one)]);
  expect(await collection.get("k")).toEqual(one);
});

test("put of what was there before a transaction that is open comes after it", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const collection = storage.collection(models);
  await collection.put("k", one);
  const changed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const transaction = storage.transaction(async (tx) => {
    await tx.collection(models).put("k", two);
    changed.resolve();
    await asked.promise;
  });
  await changed.promise;
  const put = collection.put("k", one);
  asked.resolve();
  await Promise.all([transaction, put]);
  expect(await collection.get("k")).toEqual(one);
});

test("put of what another process has changed meanwhile puts it back", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const collection = storage.collection(models);
  await collection.put("k", one);
  await collection.put("k", one);
  const other = new Database(folder.file());
  other.exec("UPDATE models SET size_bytes = 2");
  other.close();
  await collection.put("k", one);
  expect(await collection.get("k")).toEqual(one);
});

test("put of an equal value into a database that was deleted meanwhile is refused as any other", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(models).put("k", one);
  await rm(folder.file());
  await expect(storage.collection(models).put("k", one)).rejects.toMatchObject({
    code: "IO_FAILED",
  });
});

test("put of an equal value over an expired record makes it anew, and last", async () => {
  using folder = new Folder();
  let nowMs = 0;
  const path = folder.file();
  await using storage = sqliteBackend({ path, clock: () => nowMs });
  const definition = defineCollection<{ endMs: number }>({
    name: "passing",
    fields: { endMs: timestamp({ as: "epoch-ms" }) },
    expiry: "endMs",
  });
  const collection = storage.collection(definition);
  await collection.put("a", { endMs: 10 });
  await collection.put("b", { endMs: 90 });
  nowMs = 20;
  await collection.put("a", { endMs: 10 });
  nowMs = 5;
  expect((await collection.find()).map(({ key }) => key)).toEqual(["b", "a"]);
});
