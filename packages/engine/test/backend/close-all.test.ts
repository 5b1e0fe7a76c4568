import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryBackend, StorageError } from "@cutover/core";
import { cutoverBackend } from "@cutover/engine";
import { sqliteControl } from "@cutover/kysely/control";
import { afterAll, expect, it } from "vitest";
import { items, unit } from "./two-stores.ts";

const folder = mkdtempSync(join(tmpdir(), "cutover-close-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("closes everything though something cannot be closed, and says what that was", async () => {
  const control = sqliteControl({ path: join(folder, "control.db") });
  await control.open();
  const stores = { old: memoryBackend(), new: memoryBackend() };
  const full = new StorageError("DISK_FULL", "the disk is full");
  const stuck = { [Symbol.asyncDispose]: () => Promise.reject(full) };
  const closes = [stuck, stores.old, stuck, stores.new, control];
  const storage = await cutoverBackend({ ...stores, control, units: [unit], closes });
  await expect(storage.close()).rejects.toBe(full);
  const closed = expect.objectContaining({ code: "BACKEND_CLOSED" });
  for (const store of [stores.old, stores.new])
    expect(() => store.collection(items)).toThrow(closed);
  expect(() => control.generation()).toThrow(closed);
});
