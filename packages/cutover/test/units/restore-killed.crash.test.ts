import { watch } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCollection, isStorageError, text } from "@cutover/core";
import { expect, it } from "vitest";
import { openStorage } from "../../src/open-storage.ts";
import { run } from "../commands/run.ts";
import { gradualFolder } from "./gradual-scene.ts";
import { command, endOf } from "./processes.ts";

const models = defineCollection({ name: "models", fields: { name: text() } });
const unit = ["--unit", "assets/models"];

/** Names that a restore makes, moves or replaces, one after the other. */
const moments = [
  "control.restoring.db",
  "before-restore-",
  "models.json",
  "app.db.restoring",
  "control.restoring.db-wal",
  "control.db",
] as const;

async function keysIn(folder: string): Promise<string[]> {
  await using storage = await openStorage({ folder, env: {} });
  const keys: string[] = [];
  for await (const { key } of storage.collection(models).iterate()) keys.push(key);
  return keys;
}

/** Elsewhere the news of a file may come when the restore is over. */
const tellsAtOnce = process.platform === "linux";

/** Kills a restore as soon as something of this name was touched for the `nth` time. */
async function killedAt(
  moment: string,
  { folder, backup }: { readonly folder: string; readonly backup: string },
): Promise<boolean> {
  const child = command(["restore", folder, backup, "--yes"]);
  let isSeen = false;
  const watcher = watch(folder, { recursive: true }, (_event, name) => {
    if (name === null || !name.split(/[\\/]/).some((part) => part.startsWith(moment))) return;
    isSeen = true;
    child.kill("SIGKILL");
  });
  await endOf(child);
  watcher.close();
  return isSeen;
}

it("a restore that is killed at any moment leaves what was there, or nothing to be served, or what was restored", async () => {
  const folder = await gradualFolder();
  for (const verb of ["start", "backfill", "verify", "switch"]) await run([verb, folder, ...unit]);
  const restored = await keysIn(folder);
  const backup = join(await mkdtemp(join(tmpdir(), "cutover-backup-")), "backup");
  expect((await run(["backup", folder, backup])).code).toBe(0);
  let refused = 0;
  for (const moment of moments) {
    {
      await using storage = await openStorage({ folder, env: {} });
      await storage.collection(models).put("later", { name: "after the backup" });
    }
    const isKilled = await killedAt(moment, { folder, backup });
    expect([moment, isKilled || !tellsAtOnce]).toEqual([moment, true]);
    const found = await keysIn(folder).catch((error: unknown) => {
      if (!isStorageError(error, "STAGE_REFUSED")) throw error;
      refused++;
      return undefined;
    });
    expect([undefined, restored, [...restored, "later"]]).toContainEqual(found);
    expect(await run(["restore", folder, backup, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    expect(await keysIn(folder)).toEqual(restored);
  }
  expect(refused > 0 || !tellsAtOnce).toBe(true);
});
