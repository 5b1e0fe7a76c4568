import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@cutover/core";
import { isStorageError } from "@cutover/core";
import { writeLookalike } from "@cutover/fixtures";
import { afterAll, describe, expect, it } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import type { MigrationTarget } from "../../src/migration/migration-target.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { filesOf, namesIn, targetIn, withDatabase } from "./scene.ts";

/** A small file system of its own, where this may be mounted. */
function smallDisk(): string | undefined {
  const place = mkdtempSync(join(tmpdir(), "cutover-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", place], { stdio: "pipe" });
    return place;
  } catch {
    rmSync(place, { recursive: true });
    return undefined;
  }
}

const disk = smallDisk();

afterAll(() => {
  if (disk === undefined) return;
  execFileSync("umount", [disk]);
  rmSync(disk, { recursive: true });
});

async function fresh(name: string): Promise<MigrationTarget> {
  const folder = join(disk ?? "", name);
  await writeLookalike(folder, { scale: { node_metadata: 0.02, usage_cache: 0.2 } });
  return targetIn(folder);
}

/** Leaves so many bytes. @returns what gives the space back */
async function fillUp(left: number): Promise<() => void> {
  const { bavail, bsize } = await statfs(disk ?? "");
  const path = join(disk ?? "", "filler");
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  return () => rmSync(path);
}

const isFull = (error: unknown): boolean => isStorageError(error, "DISK_FULL");

// Mounting needs the right to; CI runs this as root.
describe.skipIf(disk === undefined)("a disk that is full", () => {
  it.each([20_000, 200_000, 700_000, 1_200_000])(
    "stops a migration with %i bytes left, and nothing has changed",
    async (left) => {
      const target = await fresh(`migrate-${left}`);
      const before = await filesOf(target);
      const names = await namesIn(target);
      const free = await fillUp(left);
      const error = await migrate(target).catch((caught: unknown) => caught);
      free();
      expect(isFull(error)).toBe(true);
      expect(await filesOf(target)).toEqual(before);
      expect(await namesIn(target)).toEqual(names);
      expect(await readRecord(target.folder)).toBeUndefined();
      expect((await migrate(target)).outcome).toBe("migrated");
      rmSync(target.folder, { recursive: true });
    },
  );

  it("stops a rollback, the database stays in charge, and the next one goes through", async () => {
    const target = await fresh("rollback");
    const before = await filesOf(target);
    await migrate(target);
    const [settings, , models] = target.collections;
    if (settings === undefined || models === undefined) throw new Error("no collections");
    await withDatabase(target, async (store) => {
      await store.collection<JsonValue>(settings).put("x", 1);
      await store.collection<JsonValue>(models).put("y", { filename: "y" });
    });
    const names = await namesIn(target);
    const free = await fillUp(100_000);
    const error = await rollback(target).catch((caught: unknown) => caught);
    free();
    expect(isFull(error)).toBe(true);
    expect(await filesOf(target)).toEqual(before);
    expect(await namesIn(target)).toEqual(names);
    expect((await readRecord(target.folder))?.backend).toBe("sqlite");
    expect((await rollback(target)).outcome).toBe("rolled-back");
    expect((await filesOf(target))["settings.json"]).toContain('"x": 1');
  });
});
