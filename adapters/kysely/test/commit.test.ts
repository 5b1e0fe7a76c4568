import { defineCollection, integer, text } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { FileConnections } from "../src/sqlite/file-connections.ts";
import { SqliteStore } from "../src/sqlite/sqlite-store.ts";
import { Folder } from "./folder.ts";
import { notes } from "./models.ts";

const counters = defineCollection({
  name: "counters",
  fields: { name: text(), count: integer() },
  unique: ["name"],
});

test.each([
  ["full", 2, "power-loss"],
  ["normal", 1, "process-crash"],
] as const)(
  "synchronous %s holds on every connection, and the capability says so",
  async (synchronous, level, durability) => {
    using folder = new Folder();
    const connections = new FileConnections(folder.file(), false);
    const store = new SqliteStore({ connections, synchronous, inMemory: false, nowMs: Date.now });
    await store.open();
    const settings: unknown[] = [];
    for (const session of connections.sessions()) {
      for (const name of ["synchronous", "journal_mode", "busy_timeout", "wal_autocheckpoint"])
        settings.push(await session.get({ sql: `PRAGMA ${name}` }, []));
    }
    const wanted = [[level], ["wal"], [0], [8000]];
    expect(settings).toEqual([...wanted, ...wanted]);
    expect(store.capabilities.durability).toBe(durability);
    await store.close();
  },
);

test("concurrent writes share a commit, and one that fails does not fail the others", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [counters] });
  const collection = storage.collection(counters);
  await collection.put("taken", { name: "taken" });
  const outside = new Database(folder.file(), { readonly: true });
  const changes = (): unknown => outside.pragma("data_version", { simple: true });
  const seen = new Set<unknown>([changes()]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, async (_, index) => {
      const name = index % 10 === 0 ? "taken" : `n${index}`;
      await collection.putMany([
        [`a${index}`, { name: `a${index}` }],
        [`k${index}`, { name }],
      ]);
      seen.add(changes());
    }),
  );
  outside.close();
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10);
  expect(await collection.count()).toBe(1 + 90 * 2);
  expect(await collection.count({ $key: { in: ["a0", "k0", "a50", "k50"] } })).toBe(0);
  // A handful of commits at most, where one each would have been ninety.
  expect(seen.size).toBeLessThan(10);
});

test("a put of what is there commits nothing", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [counters] });
  const collection = storage.collection(counters);
  await collection.put("k", { name: "n", count: 1, extra: [1] });
  const outside = new Database(folder.file(), { readonly: true });
  const version = (): unknown => outside.pragma("data_version", { simple: true });
  const before = version();
  await collection.put("k", { name: "n", count: 1, extra: [1] });
  await collection.patch("k", { count: 1 });
  expect(version()).toBe(before);
  await collection.put("k", { name: "n", count: 2, extra: [1] });
  expect(version()).not.toBe(before);
  outside.close();
});

test("a write waits for another connection's transaction, and the event loop goes on meanwhile", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [notes] });
  await storage.collection(notes).put("k", 1);
  const other = new Database(folder.file());
  other.exec("BEGIN IMMEDIATE; UPDATE notes SET value = '2'");
  let done = false;
  const put = storage
    .collection(notes)
    .put("k", 3)
    .then(() => (done = true));
  let turns = 0;
  for (const end = performance.now() + 50; performance.now() < end; turns++)
    await new Promise(setImmediate);
  expect(done).toBe(false);
  expect(turns).toBeGreaterThan(10);
  expect(await storage.collection(notes).get("k")).toBe(1);
  other.exec("COMMIT");
  other.close();
  await put;
  expect(await storage.collection(notes).get("k")).toBe(3);
});

test("a write and a transaction give up with LOCK_TIMEOUT, and what waits longer still succeeds", async () => {
  using folder = new Folder();
  const path = folder.file();
  await using hasty = sqliteBackend({ path, collections: [notes], lockTimeoutMs: 30 });
  await using patient = sqliteBackend({ path, collections: [notes] });
  await hasty.collection(notes).put("k", 1);
  const other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  const waiting = patient.collection(notes).put("k", 2);
  const busy = { code: "LOCK_TIMEOUT" };
  await expect(hasty.collection(notes).put("k", 9)).rejects.toMatchObject(busy);
  await expect(hasty.transaction(() => Promise.resolve(), { timeoutMs: 30 })).rejects.toMatchObject(
    busy,
  );
  other.exec("ROLLBACK");
  other.close();
  await waiting;
  expect(await hasty.collection(notes).get("k")).toBe(2);
});

test("a large batch lets the event loop run, and nobody reads half of it", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [notes] });
  const collection = storage.collection(notes);
  const entries = Array.from({ length: 20_000 }, (_, index) => [`k${index}`, { index }] as const);
  let done = false;
  const batch = collection.putMany(entries).then(() => (done = true));
  const counts = new Set<number>();
  let turns = 0;
  const isDone = (): boolean => done;
  for (; !isDone(); turns++) {
    await new Promise(setImmediate);
    counts.add(await collection.count());
  }
  await batch;
  expect(turns).toBeGreaterThan(2);
  expect([...counts].filter((count) => count !== 0 && count !== 20_000)).toEqual([]);
});

test("a loop over awaited calls does not keep the event loop from running", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [notes] });
  const collection = storage.collection(notes);
  await collection.put("k", 0);
  const calls: readonly (() => Promise<unknown>)[] = [
    () => collection.get("k"),
    () => collection.put("k", 1),
    () => storage.transaction((tx) => tx.collection(notes).get("k")),
  ];
  for (const call of calls) {
    let turned = false;
    setImmediate(() => (turned = true));
    const isDone = (): boolean => turned;
    // Were the loop not let run, this would never end.
    while (!isDone()) await call();
    expect(turned).toBe(true);
  }
});

test("a full disk is DISK_FULL, changes nothing, and writing goes on once there is space", async () => {
  using folder = new Folder();
  const connections = new FileConnections(folder.file(), false);
  await using storage = sqliteBackend({ path: folder.file(), collections: [notes] });
  await storage.collection(notes).put("k", 1);
  await connections.open();
  const { session } = await connections.lease();
  await session.run({ sql: "BEGIN IMMEDIATE" }, []);
  await session.get({ sql: "PRAGMA max_page_count = 1" }, []);
  const insert = { sql: "INSERT INTO notes (key, value) VALUES ('big', ?)" };
  const write = async (): Promise<unknown> => session.run(insert, ["x".repeat(1_000_000)]);
  await expect(write()).rejects.toMatchObject({ code: "DISK_FULL" });
  await connections.close();
  await storage.collection(notes).put("k", 2);
  expect(await storage.collection(notes).find()).toEqual([{ key: "k", value: 2 }]);
});

test("a call that has no time at all sets no timer in the past, of which Node would warn", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), lockTimeoutMs: 0 });
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): number => warnings.push(name);
  process.on("warning", onWarning);
  try {
    await Promise.allSettled([storage.collection(counters).put("a", {})]);
    // Node tells of warnings a moment later.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", onWarning);
  }
  expect(warnings).toEqual([]);
});
