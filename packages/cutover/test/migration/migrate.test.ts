import {
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineCollection,
  integer,
  StorageError,
  text,
  type CollectionDefinition,
  type JsonValue,
} from "@cutover/core";
import { malformedJson } from "@cutover/fixtures";
import { jsonBackend } from "@cutover/json";
import { describe, expect, it } from "vitest";
import { migrate } from "../../src/migration/migrate.ts";
import type { MigrationTarget } from "../../src/migration/migration-target.ts";
import { planMigration } from "../../src/migration/plan.ts";
import { rollback } from "../../src/migration/rollback.ts";
import { verify } from "../../src/migration/verify.ts";
import { readRecord } from "../../src/state/record-file.ts";
import { filesOf, lookalikeFolder, namesIn, withDatabase } from "./scene.ts";

/** A folder with one collection `data` in `data.json`. */
async function oneFile(
  content: string | Buffer,
  definition: CollectionDefinition = defineCollection({ name: "data" }),
): Promise<MigrationTarget> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-migrate-"));
  await writeFile(join(folder, definition.file.path), content);
  return { folder, collections: [definition], databasePath: join(folder, "app.db") };
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return error instanceof StorageError ? error.code : String(error);
  }
  return "resolved";
};

describe("migrating a folder", () => {
  it("takes every record of every store over and leaves every byte of the files alone", async () => {
    const target = await lookalikeFolder();
    const before = await filesOf(target);
    const report = await migrate(target);

    expect(report).toMatchObject({ outcome: "migrated", epoch: 1, findings: { count: 0 } });
    expect(report.verification.map(({ isEqual }) => isEqual)).toEqual(Array(8).fill(true));
    expect(await filesOf(target)).toEqual(before);
    const record = await readRecord(target.folder);
    expect(record).toMatchObject({ backend: "sqlite", epoch: 1, database: "wmd_data.db" });
    expect(record?.originals.map(({ file }) => file).toSorted()).toEqual(
      Object.keys(before).toSorted(),
    );

    const json = await jsonBackend({ folder: target.folder });
    await withDatabase(target, async (store) => {
      for (const definition of target.collections) {
        const stored = await store.collection<JsonValue>(definition).find();
        expect(stored).toEqual(await json.collection<JsonValue>(definition).find());
      }
    });
    await json.close();
  });

  it("makes the database for its owner alone, with no journal beside it", async () => {
    const target = await lookalikeFolder();
    await migrate(target);
    expect(((await stat(target.databasePath)).mode & 0o777).toString(8)).toBe("600");
    expect((await namesIn(target)).filter((name) => name.startsWith("wmd_data.db"))).toEqual([
      "wmd_data.db",
    ]);
  });

  it("keeps a collection without a file non-existent, there and back", async () => {
    const target = await lookalikeFolder();
    await rm(join(target.folder, "usage_cache.json"));
    const before = await filesOf(target);
    const report = await migrate(target);
    expect(report.collections.find(({ name }) => name === "usage_cache")?.exists).toBe(false);
    await withDatabase(target, async (store) => {
      const info = await store.info();
      expect(info.collections.find(({ name }) => name === "usage_cache")?.exists).toBe(false);
      expect(info.collections.find(({ name }) => name === "settings")?.exists).toBe(true);
    });
    await rollback(target);
    expect(await filesOf(target)).toEqual(before);
  });

  it("keeps an empty collection an existing one, there and back", async () => {
    const target = await oneFile("{}\n");
    await migrate(target);
    await withDatabase(target, async (store) => {
      expect((await store.info()).collections[0]).toMatchObject({ exists: true, records: 0 });
    });
    await rollback(target);
    expect(await readFile(join(target.folder, "data.json"), "utf8")).toBe("{}\n");
  });

  it("never overwrites a database that no record names", async () => {
    const target = await oneFile('{"a": 1}');
    await writeFile(target.databasePath, "somebody's");
    expect(await codeOf(migrate(target))).toBe("STAGE_REFUSED");
    expect(await readFile(target.databasePath, "utf8")).toBe("somebody's");
    expect(await readRecord(target.folder)).toBeUndefined();
  });

  it("is refused when the database is in charge already", async () => {
    const target = await oneFile('{"a": 1}');
    await migrate(target);
    expect(await codeOf(migrate(target))).toBe("STAGE_REFUSED");
  });

  it("lets one of two go on and tells the other to wait", async () => {
    const target = await oneFile('{"a": 1}');
    let second = "";
    const report = await migrate(target, {
      atPoint: async (point) => {
        if (point === "copied") second = await codeOf(migrate(target));
      },
    });
    expect(second).toBe("LOCK_TIMEOUT");
    expect(report.outcome).toBe("migrated");
  });

  it("lets writers of the library wait, and none of their writes is lost", async () => {
    const target = await oneFile('{"a": 1}');
    const json = await jsonBackend({ folder: target.folder, lockTimeoutMs: 50 });
    const [data] = target.collections;
    if (data === undefined) throw new Error("no collection");
    await json.collection<JsonValue>(data).put("b", 2);
    let during = "";
    await migrate(target, {
      atPoint: async (point) => {
        if (point === "copied") during = await codeOf(json.collection<JsonValue>(data).put("c", 3));
      },
    });
    await json.close();
    expect(during).toBe("LOCK_TIMEOUT");
    await withDatabase(target, async (store) => {
      expect(await store.collection<JsonValue>(data).find()).toEqual([
        { key: "a", value: 1 },
        { key: "b", value: 2 },
      ]);
    });
  });

  it.each(["copied", "verified"] as const)(
    "is given up when another program changes a file after it was %s",
    async (when) => {
      const target = await oneFile('{"a": 1}');
      const file = join(target.folder, "data.json");
      const work = migrate(target, {
        atPoint: async (point) => {
          if (point === when) await writeFile(file, '{"a": 2}');
        },
      });
      expect(await codeOf(work)).toBe("VERSION_CONFLICT");
      expect(await readFile(file, "utf8")).toBe('{"a": 2}');
      expect(await namesIn(target)).toEqual(["data.json"]);
      expect((await migrate(target)).outcome).toBe("migrated");
    },
  );

  it("stops when it is interrupted, and leaves nothing behind", async () => {
    const target = await oneFile('{"a": 1}');
    const interrupt = new AbortController();
    const reason = new Error("stop");
    const work = migrate(target, {
      signal: interrupt.signal,
      atPoint: (point) => {
        if (point === "copying") interrupt.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(await namesIn(target)).toEqual(["data.json"]);
    expect(await readdir(join(target.folder, ".cutover", "base"))).toEqual([]);
    expect((await migrate(target)).outcome).toBe("migrated");
  });

  it("refuses a symbolic link in the place of a file", async () => {
    const target = await oneFile('{"a": 1}');
    const file = join(target.folder, "data.json");
    await rename(file, join(target.folder, "real.json"));
    await symlink("real.json", file);
    expect(await codeOf(migrate(target))).toBe("IO_FAILED");
  });
});

describe("what a database cannot take", () => {
  // An integer that keeps its digits when read, such as -2^53, is taken over like any other.
  const harmless = "a big negative integer";
  const findings = malformedJson.filter(
    ({ kind, name }) => kind === "finding" && name !== harmless,
  );
  const faults = malformedJson.filter(({ kind }) => kind !== "finding");
  // The layout of these files is an object; a list at the top is another kind of fault.
  const plain = faults.filter(({ bytes }) => bytes.toString("latin1").trimStart()[0] !== "[");

  it.each(plain.map((file) => [file.name, file] as const))(
    "%s: is told with its place, and nothing changes",
    async (_, { bytes, line, column, offset }) => {
      const target = await oneFile(bytes);
      for (const quarantine of [false, true]) {
        const report = await migrate(target, { quarantine });
        expect(report.outcome).toBe("dirty");
        expect(report.findings).toMatchObject({ count: 1, blocking: 1 });
        expect(report.findings.first[0]).toMatchObject({
          code: "corrupt-file",
          position: { file: "data.json", line },
        });
        // A literal or a number that is no JSON is told by its first byte.
        const told = report.findings.first[0]?.position ?? { offset: -1, column: -1 };
        expect(offset - told.offset).toBeOneOf([0, 1, 2, 3]);
        expect(column - told.column).toBe(offset - told.offset);
      }
      expect(await readFile(join(target.folder, "data.json"))).toEqual(bytes);
      expect(await namesIn(target)).toEqual(["data.json"]);
      expect(await readRecord(target.folder)).toBeUndefined();
    },
  );

  it.each(findings.map((file) => [file.name, file] as const))(
    "%s: refused with its place, or set aside byte for byte, and back in its place at the end",
    async (_, { bytes, line, column, offset }) => {
      const target = await oneFile(bytes);
      const refused = await migrate(target);
      expect(refused.outcome).toBe("dirty");
      expect(refused.findings.blocking).toBe(0);
      expect(refused.findings.first[0]?.position).toMatchObject({ line, column, offset });
      expect((await planMigration(target)).findings.first).toEqual(refused.findings.first);
      expect(await namesIn(target)).toEqual(["data.json"]);

      const report = await migrate(target, { quarantine: true });
      expect(report.outcome).toBe("migrated");
      const [path = ""] = report.quarantines;
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
      const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
      const entry: { offset: number; bytes: string } = JSON.parse(lines[0] ?? "");
      expect(bytes.toString("utf8")).toContain(entry.bytes);
      expect((await verify(target)).isSound).toBe(true);

      await rollback(target);
      expect(await readFile(join(target.folder, "data.json"))).toEqual(bytes);
    },
  );

  it("takes an integer over that is big and keeps its digits", async () => {
    const bytes = malformedJson.find(({ name }) => name === harmless)?.bytes ?? Buffer.alloc(0);
    const target = await oneFile(bytes);
    expect((await migrate(target)).outcome).toBe("migrated");
    await rollback(target);
    expect(await readFile(join(target.folder, "data.json"))).toEqual(bytes);
  });

  it("lists all findings of all files at once", async () => {
    const target = await lookalikeFolder();
    const usage = join(target.folder, "usage_cache.json");
    await writeFile(usage, '{"a": "\\ud800", "b": 1, "c": {"d": 12345678901234567890}}');
    await writeFile(join(target.folder, "settings.json"), '{"a": 1,}');
    const { findings } = await migrate(target);
    expect(findings).toMatchObject({ count: 3, blocking: 1 });
    expect(findings.first.map(({ position }) => position.path).toSorted()).toEqual([
      "$",
      "$.a",
      "$.c.d",
    ]);
  });

  it("counts all findings and lists the first hundred", async () => {
    const records = Array.from({ length: 500 }, (_, index) => `"k${index}": "\\ud800"`);
    const target = await oneFile(`{${records.join(",")}}`);
    const { findings } = await migrate(target);
    expect(findings.count).toBe(500);
    expect(findings.first).toHaveLength(100);
  });

  it("finds the second of two records that clash, at its place", async () => {
    const definition = defineCollection<{ n: number; id: string }>({
      name: "data",
      fields: { n: integer(), id: text() },
      unique: ["n"],
    });
    const target = await oneFile(
      '{\n"a": {"n": 1, "id": "x"},\n"b": {"n": 1, "id": "y"}, "c": {"id": "z"}}',
      definition,
    );
    const { findings } = await migrate(target);
    expect(findings.first).toMatchObject([
      { code: "unique-clash", position: { line: 3, column: 1, path: "$.b" } },
    ]);
    expect((await migrate(target, { quarantine: true })).outcome).toBe("migrated");
  });

  it("finds a record whose key member does not repeat its key", async () => {
    const definition = defineCollection<{ id: string }>({ name: "data", key: "id" });
    const target = await oneFile('{"a": {"id": "a"}, "b": {"id": "c"}, "d": {}}', definition);
    const { findings } = await migrate(target);
    expect(findings.first.map(({ code, position }) => [code, position.path])).toEqual([
      ["key-mismatch", "$.b"],
      ["key-mismatch", "$.d"],
    ]);
  });

  it("never writes what it set aside back over what was written since", async () => {
    const target = await oneFile('{"a": 1, "bad": "\\ud800", "b": 2}');
    await migrate(target, { quarantine: true });
    const [data] = target.collections;
    if (data === undefined) throw new Error("no collection");
    await withDatabase(target, (store) => store.collection<JsonValue>(data).put("bad", "good"));
    await rollback(target);
    const written = await readFile(join(target.folder, "data.json"), "utf8");
    expect(written).toBe('{"a": 1, "b": 2, "bad": "good"}');
  });
});

describe("verifying", () => {
  it("finds a database that was replaced by another one", async () => {
    const target = await oneFile('{"a": 1, "b": 2}');
    const other = await oneFile('{"a": 1, "b": 3}');
    await migrate(target);
    await migrate(other);
    expect((await verify(target)).isSound).toBe(true);
    await copyFile(other.databasePath, target.databasePath);
    const report = await verify(target);
    expect(report.isWrittenSince).toBe(true);
    expect(report.comparisons[0]?.differences).toEqual([
      { kind: "changed", collection: "data", key: "b" },
    ]);
  });

  it("finds an original that was edited", async () => {
    const target = await oneFile('{"a": 1}');
    await migrate(target);
    await writeFile(join(target.folder, "data.json"), '{"a": 2}');
    const report = await verify(target);
    expect(report).toMatchObject({
      isSound: false,
      edited: [{ file: "data.json", state: "edited" }],
    });
  });

  it("finds damage inside the database's file", async () => {
    const target = await lookalikeFolder();
    await migrate(target);
    const bytes = await readFile(target.databasePath);
    bytes.fill(0x5a, 8192, bytes.length - 4096);
    await writeFile(target.databasePath, bytes);
    const outcome = await verify(target).then(
      (report) => (report.isSound ? "sound" : "damaged"),
      () => "damaged",
    );
    expect(outcome).toBe("damaged");
  });
});
