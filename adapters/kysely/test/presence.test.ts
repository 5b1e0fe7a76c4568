import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { expect, it } from "vitest";
import { defineCollection } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { Folder } from "./folder.ts";

const notes = defineCollection<{ text: string }>({ name: "notes" });

async function opened(
  path: string,
): Promise<{ path: string; storage: ReturnType<typeof sqliteBackend> }> {
  const storage = sqliteBackend({ path });
  await storage.collection(notes).put("a", { text: "kept" });
  return { path, storage };
}

it("a database that is deleted while it is open takes no write that would be lost with it", async () => {
  using folder = new Folder();
  const { path, storage } = await opened(folder.file());
  await rm(path);
  await expect(storage.collection(notes).put("b", { text: "lost?" })).rejects.toMatchObject({
    code: "IO_FAILED",
    message: expect.stringContaining("deleted"),
  });
  await expect(
    storage.transaction((tx) => tx.collection(notes).put("b", { text: "lost?" })),
  ).rejects.toMatchObject({ code: "IO_FAILED" });
  await expect(storage.collection(notes).get("a")).rejects.toMatchObject({ code: "IO_FAILED" });
  await storage.close();
});

it("a database that is replaced while it is open is not read any more, and the new one not written", async () => {
  using folder = new Folder();
  const { path, storage } = await opened(folder.file());
  const other = await opened(folder.file("other.db"));
  await other.storage.close();
  await rename(other.path, path);
  await expect(storage.collection(notes).put("b", { text: "whose?" })).rejects.toMatchObject({
    code: "IO_FAILED",
    message: expect.stringContaining("replaced"),
  });
  await expect(storage.collection(notes).find()).rejects.toMatchObject({ code: "IO_FAILED" });
  await storage.close();
  const again = sqliteBackend({ path });
  expect(await again.collection(notes).count()).toBe(1);
  await again.close();
});

it.each([
  ["a folder", (path: string) => mkdirSync(path)],
  ["a FIFO", (path: string) => void execFileSync("mkfifo", [path])],
])("%s in the database's place is refused, and nothing is written beside it", async (_, make) => {
  using folder = new Folder();
  const path = folder.file();
  make(path);
  const storage = sqliteBackend({ path });
  await expect(storage.collection(notes).put("a", { text: "where to?" })).rejects.toMatchObject({
    code: "IO_FAILED",
    message: expect.stringContaining("no regular file"),
  });
  await storage.close();
  expect(readdirSync(folder.path)).toHaveLength(1);
});
