import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { restoreSqlite, sqliteBackend } from "@cutover/kysely/sqlite";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";
import { models, notes } from "./models.ts";

async function valueIn(path: string): Promise<unknown> {
  await using storage = sqliteBackend({ path });
  return storage.collection(notes).get("k");
}

test("a backup is one private file whose digest and counts the manifest tells", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file(), collections: [models, notes] });
  await storage.collection(models).put("k", { title: "Red fox" });
  const manifest = await storage.backup(folder.file("copy.db"));
  const bytes = readFileSync(folder.file("copy.db"));
  expect(manifest).toEqual({
    kind: "sqlite",
    destination: folder.file("copy.db"),
    files: [
      {
        path: "copy.db",
        sizeBytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      },
    ],
    collections: [
      { name: "models", exists: true, records: 1 },
      { name: "notes", exists: false, records: 0 },
    ],
  });
  expect(statSync(folder.file("copy.db")).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
});

test("a backup never overwrites a file", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(notes).put("k", 1);
  writeFileSync(folder.file("precious"), "keep me");
  await expect(storage.backup(folder.file("precious"))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
  expect(readFileSync(folder.file("precious"), "utf8")).toBe("keep me");
});

test("restoring refuses a store that is there, or puts it aside where that is asked for", async () => {
  using folder = new Folder();
  {
    await using storage = sqliteBackend({ path: folder.file() });
    await storage.collection(notes).put("k", "old");
    await storage.backup(folder.file("copy.db"));
    await storage.collection(notes).put("k", "new");
  }
  const from = folder.file("copy.db");
  const to = folder.file();
  await expect(restoreSqlite({ from, to })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  const { keptAside } = await restoreSqlite({ from, to, replace: true });
  expect(await valueIn(to)).toBe("old");
  expect(await valueIn(keptAside ?? "")).toBe("new");
});

test("restoring refuses a store that is open, and leaves it alone", async () => {
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(notes).put("k", 1);
  await storage.backup(folder.file("copy.db"));
  const options = { from: folder.file("copy.db"), to: folder.file(), replace: true };
  await expect(restoreSqlite(options)).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  await storage.collection(notes).put("k", 2);
  expect(await storage.collection(notes).get("k")).toBe(2);
});

test("restoring what is no backup, or a damaged one, leaves the target alone", async () => {
  using folder = new Folder();
  {
    await using storage = sqliteBackend({ path: folder.file() });
    await storage
      .collection(notes)
      .putMany(Array.from({ length: 500 }, (_, i) => [`k${i}`, "x".repeat(90)]));
    await storage.backup(folder.file("copy.db"));
  }
  const to = folder.file("restored.db");
  const damaged = readFileSync(folder.file("copy.db")).fill(0xaa, 4096 * 3, 4096 * 8);
  writeFileSync(folder.file("damaged.db"), damaged);
  writeFileSync(folder.file("text.db"), "no database at all, just text".repeat(50));
  for (const name of ["damaged.db", "text.db"]) {
    await expect(restoreSqlite({ from: folder.file(name), to })).rejects.toMatchObject({
      code: "CORRUPT_DATA",
    });
    expect(existsSync(to)).toBe(false);
    expect(existsSync(`${to}.restoring`)).toBe(false);
  }
  await expect(restoreSqlite({ from: folder.file("absent.db"), to })).rejects.toMatchObject({
    code: "IO_FAILED",
  });
});
