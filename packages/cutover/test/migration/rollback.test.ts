import { mkdtemp, readFile, rm, stat, chmod, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineCollection,
  StorageError,
  type CollectionDefinition,
  type JsonValue,
  type StorageBackend,
} from "@cutover/core";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/migration/database.ts";
import { migrate } from "../../src/migration/migrate.ts";
import type { MigrationTarget } from "../../src/migration/migration-target.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { filesOf, lookalikeFolder, namesIn, withDatabase } from "./scene.ts";

const data = defineCollection({ name: "data" });
const original = '{\n  "a": {"n": 1.0},\n  "b": {"n": 2},\n  "c": {"n": 3}\n}\n';

async function migrated(
  content: string = original,
  definition: CollectionDefinition = data,
): Promise<MigrationTarget> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-rollback-"));
  await writeFile(join(folder, definition.file.path), content);
  const target = { folder, collections: [definition], databasePath: join(folder, "app.db") };
  await migrate(target);
  return target;
}

const fileOf = ({ folder }: MigrationTarget): string => join(folder, "data.json");
const content = (target: MigrationTarget): Promise<string> => readFile(fileOf(target), "utf8");

async function write(
  target: MigrationTarget,
  work: (records: ReturnType<StorageBackend["collection"]>) => Promise<unknown>,
): Promise<void> {
  await withDatabase(target, (store) => work(store.collection(data)));
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof StorageError ? error.code : String(error);
  }
  return "resolved";
}

describe("rolling a folder back", () => {
  it("gives back every byte of every file when nothing was written", async () => {
    const target = await lookalikeFolder();
    const before = await filesOf(target);
    await migrate(target);
    const report = await rollback(target);
    expect(report.outcome).toBe("rolled-back");
    expect(report.collections.map(({ isRewritten }) => isRewritten)).toEqual(Array(8).fill(false));
    expect(await filesOf(target)).toEqual(before);
    expect(await readRecord(target.folder)).toMatchObject({ backend: "json", epoch: 2 });
  });

  it("does not even touch a file in which nothing changed", async () => {
    const target = await migrated();
    const before = await stat(fileOf(target), { bigint: true });
    await rollback(target);
    const after = await stat(fileOf(target), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it("brings back exactly what was changed, added and deleted since", async () => {
    const target = await migrated();
    await write(target, async (records) => {
      await records.put("b", { n: 20 });
      await records.delete("c");
      await records.put("d", { n: [4] });
    });
    const report = await rollback(target);
    expect(report.collections[0]).toMatchObject({ added: 1, changed: 1, deleted: 1, records: 3 });
    expect(await content(target)).toBe(
      '{\n  "a": {"n": 1.0},\n  "b": {"n": 20},\n  "d": {"n": [4]}\n}\n',
    );
  });

  it("keeps the database, whole, and without a journal beside it", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    const { aside } = await rollback(target);
    expect(await namesIn(target)).toEqual(["app.db.rolled-back-2", "data.json"]);
    const kept = { ...target, databasePath: aside ?? "" };
    await withDatabase(kept, async (store) => {
      expect(await store.collection<JsonValue>(data).get("b")).toEqual({ n: 20 });
    });
  });

  it("keeps the mode of a file it writes anew", async () => {
    const target = await migrated();
    await chmod(fileOf(target), 0o640);
    await write(target, (records) => records.put("b", { n: 20 }));
    await rollback(target);
    expect(((await stat(fileOf(target))).mode & 0o777).toString(8)).toBe("640");
  });

  it("makes a file for a collection that came to be while the database was in charge", async () => {
    const target = await lookalikeFolder();
    await rm(join(target.folder, "metadata"), { recursive: true });
    const aliases = target.collections.find(({ name }) => name === "model_aliases");
    if (aliases === undefined) throw new Error("no aliases");
    await migrate(target);
    await withDatabase(target, async (store) => {
      await store.collection<JsonValue>(aliases).putMany([
        ["one", ["a"]],
        ["two", []],
      ]);
    });
    await rollback(target);
    const written = await readFile(join(target.folder, "metadata", "model-aliases.json"), "utf8");
    expect(JSON.parse(written)).toEqual({ aliases: { one: ["a"], two: [] } });
  });

  it("can go there and back again and again, losing nothing on the way", async () => {
    const target = await migrated();
    for (let round = 1; round <= 3; round += 1) {
      await write(target, (records) => records.put(`round ${round}`, { n: round }));
      expect((await rollback(target)).outcome).toBe("rolled-back");
      expect((await migrate(target)).outcome).toBe("migrated");
    }
    await rollback(target);
    expect(JSON.parse(await content(target))).toEqual({
      a: { n: 1 },
      b: { n: 2 },
      c: { n: 3 },
      "round 1": { n: 1 },
      "round 2": { n: 2 },
      "round 3": { n: 3 },
    });
    expect((await readRecord(target.folder))?.epoch).toBe(8);
  });

  it("is refused when a collection that was migrated is in the config no more", async () => {
    const target = await lookalikeFolder();
    await migrate(target);
    const fewer = { ...target, collections: target.collections.slice(1) };
    expect(await codeOf(rollback(fewer))).toBe("CONFIG_INVALID");
    expect((await readRecord(target.folder))?.backend).toBe("sqlite");
  });

  it("is refused when the files are in charge", async () => {
    const target = await migrated();
    await rollback(target);
    expect(await codeOf(rollback(target))).toBe("STAGE_REFUSED");
  });

  it("is refused while another connection has the database open, and changes nothing", async () => {
    const target = await migrated();
    const application = await openDatabase(target.databasePath, target.collections);
    await application.collection<JsonValue>(data).put("b", { n: 20 });
    expect(await codeOf(rollback(target))).toBe("LOCK_TIMEOUT");
    expect(await application.collection<JsonValue>(data).get("b")).toEqual({ n: 20 });
    expect(await content(target)).toBe(original);
    await application.close();
    expect((await rollback(target)).outcome).toBe("rolled-back");
    expect(await content(target)).toContain('"n": 20');
  });

  it("keeps writers out while it reads the database for the last time", async () => {
    const target = await migrated();
    let during = "";
    const work = rollback(target, {
      atPoint: async (point) => {
        if (point !== "files-verified") return;
        const { sqliteBackend } = await import("@cutover/kysely/sqlite");
        const store = sqliteBackend({ path: target.databasePath, lockTimeoutMs: 50 });
        during = await codeOf(store.collection<JsonValue>(data).put("late", 1));
        await store.close();
      },
    });
    expect((await work).outcome).toBe("rolled-back");
    expect(during).toBe("LOCK_TIMEOUT");
    expect(await content(target)).toBe(original);
  });

  it("rehearses without changing anything", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    const report = await rollback(target, { dryRun: true });
    expect(report).toMatchObject({ outcome: "rehearsed", epoch: 1 });
    expect(report.collections[0]).toMatchObject({ changed: 1, isRewritten: true });
    expect(await content(target)).toBe(original);
    expect(await namesIn(target)).toEqual(["app.db", "data.json"]);
    expect((await readRecord(target.folder))?.backend).toBe("sqlite");
  });

  it("stops when it is interrupted, and leaves the database in charge", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    const interrupt = new AbortController();
    const reason = new Error("stop");
    const work = rollback(target, {
      signal: interrupt.signal,
      atPoint: (point) => {
        if (point === "file-written") interrupt.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(await namesIn(target)).toEqual(["app.db", "data.json"]);
    expect(await content(target)).toBe(original);
    expect((await rollback(target)).outcome).toBe("rolled-back");
  });
});

describe("rolling back over files that were edited since", () => {
  const edited = original.replace('"n": 3', '"n": 30').replace("\n}", ',\n  "new": {"n": 9}\n}');

  it("is refused, naming the files, and nothing is overwritten", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    await writeFile(fileOf(target), edited);
    const report = await rollback(target);
    expect(report).toMatchObject({
      outcome: "edited",
      edited: [{ file: "data.json", state: "edited" }],
    });
    expect(await content(target)).toBe(edited);
    expect((await readRecord(target.folder))?.backend).toBe("sqlite");
  });

  it("merges record by record when asked to", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    await writeFile(fileOf(target), edited);
    const rehearsal = await rollback(target, { merge: true, dryRun: true });
    expect(rehearsal).toMatchObject({ outcome: "rehearsed", merge: { put: 2, deleted: 0 } });
    expect(await content(target)).toBe(edited);

    const report = await rollback(target, { merge: true });
    expect(report).toMatchObject({
      outcome: "rolled-back",
      merge: { put: 2, deleted: 0, conflicts: [] },
    });
    expect(await content(target)).toBe(edited.replace('"n": 2}', '"n": 20}'));
  });

  it("merges deletions of either side", async () => {
    const target = await migrated();
    await write(target, (records) => records.delete("a"));
    await writeFile(fileOf(target), '{"a": {"n": 1.0}, "c": {"n": 3}}');
    const report = await rollback(target, { merge: true });
    expect(report.merge).toMatchObject({ put: 0, deleted: 1 });
    expect(await content(target)).toBe('{"c": {"n": 3}}');
  });

  it("takes a mere change of the layout for no edit of a record", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    await writeFile(fileOf(target), '{"a":{"n":1.0},"b":{"n":2},"c":{"n":3}}');
    const report = await rollback(target, { merge: true });
    expect(report.merge).toMatchObject({ put: 0, deleted: 0 });
    expect(await content(target)).toBe('{"a":{"n":1.0},"b":{"n":20},"c":{"n":3}}');
  });

  it.each<
    [
      string,
      string,
      (records: ReturnType<StorageBackend["collection"]>) => Promise<unknown>,
      object,
    ]
  >([
    [
      "changed on both sides",
      original.replace("2}", "5}"),
      (r) => r.put("b", { n: 20 }),
      { inFile: "changed", inDatabase: "changed" },
    ],
    [
      "changed in the file and deleted in the database",
      original.replace("2}", "5}"),
      (r) => r.delete("b"),
      { inFile: "changed", inDatabase: "deleted" },
    ],
    [
      "deleted in the file and changed in the database",
      '{"a": {"n": 1}, "c": {"n": 3}}',
      (r) => r.put("b", { n: 20 }),
      { inFile: "deleted", inDatabase: "changed" },
    ],
    [
      "added on both sides",
      '{"a": {"n": 1}, "b": {"n": 2}, "c": {"n": 3}, "d": 1}',
      (r) => r.put("d", 2),
      { inFile: "added", inDatabase: "added", key: "d" },
    ],
  ])("refuses a record %s, naming it", async (_, text, change, conflict) => {
    const target = await migrated();
    await write(target, change);
    await writeFile(fileOf(target), text);
    const report = await rollback(target, { merge: true });
    expect(report.outcome).toBe("conflict");
    expect(report.merge?.conflicts).toMatchObject([{ key: "b", ...conflict }]);
    expect(await content(target)).toBe(text);
    expect((await readRecord(target.folder))?.backend).toBe("sqlite");
  });

  it("is no conflict when both sides did the same", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    const text = original.replace('"n": 2}', '"n": 20}');
    await writeFile(fileOf(target), text);
    expect((await rollback(target, { merge: true })).outcome).toBe("rolled-back");
    expect(await content(target)).toBe(text);
  });

  it("makes a file anew that was removed", async () => {
    const target = await migrated();
    await rm(fileOf(target));
    expect(await rollback(target)).toMatchObject({
      outcome: "edited",
      edited: [{ file: "data.json", state: "removed" }],
    });
    expect((await rollback(target, { merge: true })).outcome).toBe("rolled-back");
    expect(await content(target)).toBe(original);
  });

  it("takes over a file that appeared since", async () => {
    const target = await lookalikeFolder();
    const file = join(target.folder, "usage_cache.json");
    await rm(file);
    await migrate(target);
    await writeFile(file, '{"x": 1.5}');
    expect((await rollback(target)).edited).toEqual([
      { file: "usage_cache.json", state: "appeared" },
    ]);
    const report = await rollback(target, { merge: true });
    expect(report).toMatchObject({ outcome: "rolled-back", merge: { put: 1 } });
    expect(await readFile(file, "utf8")).toBe('{"x": 1.5}');
  });

  it("is given up when a file is edited while it works", async () => {
    const target = await migrated();
    await write(target, (records) => records.put("b", { n: 20 }));
    const work = rollback(target, {
      atPoint: async (point) => {
        if (point === "exclusive") await writeFile(fileOf(target), edited);
      },
    });
    expect(await codeOf(work)).toBe("VERSION_CONFLICT");
    expect(await content(target)).toBe(edited);
    expect(await namesIn(target)).toEqual(["app.db", "data.json"]);
  });
});
