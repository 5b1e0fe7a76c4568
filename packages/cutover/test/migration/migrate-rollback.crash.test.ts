import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "@cutover/core";
import { migrate } from "../../src/migration/migrate.ts";
import { migrationPoints } from "../../src/migration/migration-point.ts";
import type { MigrationTarget } from "../../src/migration/migration-target.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { folderStatus } from "../../src/migration/status.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { filesOf, lookalikeFolder, namesIn, withDatabase } from "./scene.ts";

const program = fileURLToPath(new URL("killed.fixture.ts", import.meta.url));

/** @returns the signal the process died of */
async function killedAt(
  verb: "migrate" | "rollback",
  target: MigrationTarget,
  place: readonly [point: string, nth?: number],
): Promise<string | null> {
  const [point, nth = 1] = place;
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, verb, target.folder, point, String(nth)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  await once(child, "exit");
  return child.signalCode;
}

const settings = (target: MigrationTarget): MigrationTarget["collections"][number] => {
  const found = target.collections.find(({ name }) => name === "settings");
  if (found === undefined) throw new Error("no settings");
  return found;
};

/** What the application does while the database is in charge. */
async function write(target: MigrationTarget): Promise<void> {
  await withDatabase(target, async (store) => {
    await store.collection<JsonValue>(settings(target)).put("max_parallel_downloads", 9);
    await store.collection<JsonValue>(settings(target)).put("added", ["later"]);
    const [, , models] = target.collections;
    if (models === undefined) throw new Error("no models");
    const records = store.collection<JsonValue>(models);
    const [first] = await records.find({ limit: 1 });
    if (first !== undefined) await records.delete(first.key);
  });
}

/** What every collection holds, whichever store is in charge. */
async function stored(target: MigrationTarget): Promise<Record<string, unknown>> {
  return withDatabase(target, async (store) => {
    const all: Record<string, unknown> = {};
    for (const definition of target.collections) {
      all[definition.name] = await store.collection<JsonValue>(definition).find();
    }
    return all;
  });
}

const isSwitched = new Set<string>(["switched", "database-aside", "cleaned"]);

describe("a migration that is killed", () => {
  it.each(migrationPoints.migrate)("at %s leaves one store in charge, whole", async (point) => {
    const target = await lookalikeFolder();
    const before = await filesOf(target);
    expect(await killedAt("migrate", target, [point])).toBe("SIGKILL");

    expect(await filesOf(target)).toEqual(before);
    const record = await readRecord(target.folder);
    expect(record?.backend ?? "json").toBe(isSwitched.has(point) ? "sqlite" : "json");
    if (!isSwitched.has(point)) await migrate(target);
    expect(await filesOf(target)).toEqual(before);

    const status = await folderStatus(target);
    expect(status).toMatchObject({ backend: "sqlite", epoch: 1, leftovers: [], problems: [] });
    const report = await rollback(target);
    expect(report.outcome).toBe("rolled-back");
    expect(await filesOf(target)).toEqual(before);
    expect((await namesIn(target)).filter((name) => !name.includes(".json"))).toEqual([
      "metadata",
      "wmd_data.db.rolled-back-2",
    ]);
  });
});

describe("a rollback that is killed", () => {
  const places = [
    ...migrationPoints.rollback.map((point) => [point, 1] as const),
    ["file-written", 4] as const,
    ["file-renamed", 2] as const,
  ];

  it.each(places)("at %s (%i) loses nothing", async (point, nth) => {
    const target = await lookalikeFolder();
    await migrate(target);
    await write(target);
    const data = await stored(target);
    const untouched = await lookalikeFolder();
    await migrate(untouched);
    await write(untouched);
    await rollback(untouched);

    expect(await killedAt("rollback", target, [point, nth])).toBe("SIGKILL");

    const record = await readRecord(target.folder);
    expect(record?.backend).toBe(isSwitched.has(point) ? "json" : "sqlite");
    expect(record?.backend === "sqlite" ? await stored(target) : data).toEqual(data);
    const { backend, unfinished } = await folderStatus(target);
    if (backend === "sqlite" || unfinished !== undefined) await rollback(target);
    expect((await folderStatus(target)).backend).toBe("json");

    expect(await filesOf(target)).toEqual(await filesOf(untouched));
    const names = await namesIn(target);
    expect(names).toEqual(await namesIn(untouched));
    const state = await readdir(join(target.folder, ".cutover"));
    expect(state).not.toContain("intent.json");
  });

  it("may be written to in between, and the next one brings that along too", async () => {
    const target = await lookalikeFolder();
    await migrate(target);
    await write(target);
    expect(await killedAt("rollback", target, ["file-renamed", 2])).toBe("SIGKILL");

    await withDatabase(target, async (store) => {
      await store.collection<JsonValue>(settings(target)).put("in between", true);
    });
    expect((await rollback(target)).outcome).toBe("rolled-back");

    const files = await filesOf(target);
    expect(JSON.parse(files["settings.json"] ?? "")).toMatchObject({
      max_parallel_downloads: 9,
      "in between": true,
    });
  });

  it("can be followed by a migration when it had switched already", async () => {
    const target = await lookalikeFolder();
    await migrate(target);
    expect(await killedAt("rollback", target, ["switched"])).toBe("SIGKILL");
    const before = await filesOf(target);
    expect((await migrate(target)).outcome).toBe("migrated");
    expect(await filesOf(target)).toEqual(before);
    expect(await namesIn(target)).toContain("wmd_data.db.rolled-back-2");
  });
});
