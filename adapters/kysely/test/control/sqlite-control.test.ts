import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isStorageError, type ControlStore } from "@cutover/core";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openControlFiles, placesFor } from "../../src/control/control-files.ts";
import { Folder } from "../folder.ts";
import { notes } from "../models.ts";

async function openControl(path: string): Promise<ControlStore> {
  const control = sqliteControl({ path });
  await control.open();
  return control;
}

/** @returns the code it was refused with, once nothing was found changed */
async function refusal(path: string): Promise<unknown> {
  const state = (): unknown => [readdirSync(dirname(path)), readFileSync(path, "latin1")];
  const before = state();
  const code = await openControl(path).then(
    () => "opened",
    (error: unknown) => (isStorageError(error) ? error.code : error),
  );
  expect(state()).toEqual(before);
  return code;
}

const record = { name: "r", revision: 0, value: { stage: "off" } };
const target = { collection: "c", key: "" };
const entry = { at: "now", action: "start", unit: "u", actor: "operator", details: null };

describe("what a control store keeps", () => {
  test("everything is found again after closing", async () => {
    using folder = new Folder();
    const path = folder.file("deep/.cutover/control.db");
    const first = await openControl(path);
    await first.commit([record], [entry]);
    const number = await first.mark("u", [target]);
    await first.note("t", "k", 1);
    const [incarnation, generation] = [await first.incarnation(), first.generation()];
    await first.close();
    await using again = await openControl(path);
    expect(again.location).toBe(path);
    expect(await again.incarnation()).toBe(incarnation);
    expect(again.generation()).toBe(await generation);
    expect(await again.records()).toEqual([{ ...record, revision: 1 }]);
    expect(await again.audit(9)).toMatchObject([{ ...entry, number: 1 }]);
    expect(await again.marks("u", 9)).toMatchObject([{ ...target, number, writers: 1 }]);
    expect(await again.notes("t")).toEqual([{ key: "k", value: 1 }]);
    expect(await again.sizeBytes()).toBeGreaterThan(4000);
    expect(await again.mark("u", [target])).toBeGreaterThan(number);
  });

  test("opening waits for whoever has the database to itself at that moment", async () => {
    using folder = new Folder();
    const other = new Database(folder.file("control.db"));
    other.exec("BEGIN EXCLUSIVE");
    const opening = openControl(folder.file("control.db"));
    for (let turn = 0; turn < 50; turn++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    other.exec("ROLLBACK");
    other.close();
    await using control = await opening;
    expect(await control.records()).toEqual([]);
  });

  test("two stores in one process at the same path are one, locks included", async () => {
    using folder = new Folder();
    await using one = await openControl(folder.file("control.db"));
    await using two = await openControl(folder.file("control.db"));
    await one.commit([record], []);
    expect(two.generation()).toBe(one.generation());
    expect(await two.records()).toEqual([{ ...record, revision: 1 }]);
    const lock = await one.lock("l", "exclusive", { timeoutMs: 0 });
    await expect(two.lock("l", "shared", { timeoutMs: 5 })).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
    });
    lock.release();
    (await two.lock("l", "exclusive", { timeoutMs: 1000 })).release();
  });

  test("files and folders are for their owner alone", async () => {
    using folder = new Folder();
    const home = folder.file("a/.cutover");
    await using control = await openControl(join(home, "control.db"));
    (await control.lock("l", "exclusive", { timeoutMs: 0 })).release();
    await control.mark("u", [target]);
    const files = readdirSync(home, { recursive: true, withFileTypes: true });
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const mode = statSync(join(file.parentPath, file.name)).mode & 0o777;
      expect([file.name, mode]).toEqual([file.name, file.isDirectory() ? 0o700 : 0o600]);
    }
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  test("a backup is a control store of its own with everything in it, and replaces nothing", async () => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    await control.commit([record], []);
    await control.mark("u", [target]);
    await control.backup(folder.file("copy/../copy.db"));
    await expect(control.backup(folder.file("copy.db"))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    await using copy = await openControl(folder.file("copy.db"));
    expect(await copy.records()).toEqual(await control.records());
    expect(await copy.marks("u", 9)).toEqual(await control.marks("u", 9));
    expect(await copy.incarnation()).toBe(await control.incarnation());
  });

  test("marks and records wait for the disk, what follows them does not, and nothing waits inside SQLite", async () => {
    using folder = new Folder();
    const { durable, quick } = await openControlFiles(placesFor(folder.file("control.db")));
    try {
      const read = (pragma: string): unknown[] =>
        [durable, quick].map(({ database }) => database.pragma(pragma, { simple: true }));
      expect(read("synchronous")).toEqual([2, 1]);
      expect(read("journal_mode")).toEqual(["wal", "wal"]);
      expect(read("busy_timeout")).toEqual([0, 0]);
      expect(read("wal_autocheckpoint")).toEqual([1000, 4000]);
    } finally {
      durable.database.close();
      quick.database.close();
    }
  });
});

describe("the generation file", () => {
  const wrong: readonly (readonly [string, Buffer])[] = [
    ["is behind", Buffer.from(Float64Array.of(2, 2).buffer)],
    ["is ahead", Buffer.from(Float64Array.of(200, 200).buffer)],
    ["was left in a commit", Buffer.from(Float64Array.of(5, 5).buffer)],
    ["is torn", Buffer.from(Float64Array.of(6, 4).buffer)],
    ["is empty", Buffer.alloc(0)],
    ["is full of zeros", Buffer.alloc(16)],
  ];

  test.each(wrong)("one that %s is mended by opening", async (_what, content) => {
    using folder = new Folder();
    const first = await openControl(folder.file("control.db"));
    await first.commit([], []);
    await first.commit([], []);
    const generation = await first.generation();
    await first.close();
    writeFileSync(folder.file("control.generation"), content);
    await using again = await openControl(folder.file("control.db"));
    expect(again.generation()).toBe(generation);
    await again.commit([], []);
    expect(again.generation()).not.toBe(generation);
  });

  test("a torn one is no generation", async () => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    writeFileSync(folder.file("control.generation"), Buffer.from(Float64Array.of(6, 4).buffer));
    expect(control.generation()).toBeUndefined();
  });

  test("a refused commit leaves the generation as it was", async () => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    const generation = await control.generation();
    const refused = control.commit([{ ...record, revision: 7 }], []);
    await expect(refused).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
    expect(control.generation()).toBe(generation);
  });
});

describe("what is not a control store", () => {
  test("a database of another application is refused and left as it is", async () => {
    using folder = new Folder();
    const database = new Database(folder.file());
    database.exec("CREATE TABLE theirs (a)");
    database.close();
    expect(await refusal(folder.file())).toBe("CONFIG_INVALID");
  });

  test("a database that holds records is refused and left as it is", async () => {
    using folder = new Folder();
    const backend = sqliteBackend({ path: folder.file(), collections: [notes] });
    await backend.collection(notes).put("n1", { id: "n1", title: "kept" });
    await backend.close();
    expect(await refusal(folder.file())).toBe("CONFIG_INVALID");
  });

  test("one of a newer format is refused with FORMAT_TOO_NEW and left as it is", async () => {
    using folder = new Folder();
    const control = await openControl(folder.file("made/control.db"));
    await control.close();
    mkdirSync(folder.file("newer"));
    const path = folder.file("newer/control.db");
    renameSync(folder.file("made/control.db"), path);
    const database = new Database(path);
    database.pragma("user_version = 2");
    database.pragma("journal_mode = DELETE");
    database.close();
    expect(await refusal(path)).toBe("FORMAT_TOO_NEW");
  });

  test("a file that is no database is refused with CORRUPT_DATA and left as it is", async () => {
    using folder = new Folder();
    writeFileSync(folder.file(), "this is no database, however long one looks at it\n".repeat(30));
    expect(await refusal(folder.file())).toBe("CORRUPT_DATA");
  });

  test("a record that was changed to something else is CORRUPT_DATA naming it", async () => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    await control.commit([record], []);
    const database = new Database(folder.file("control.db"));
    database.exec("UPDATE records SET value = '{'");
    database.close();
    await expect(async () => control.records()).rejects.toMatchObject({
      code: "CORRUPT_DATA",
      message: expect.stringContaining('the record "r"'),
    });
  });

  test("a store that is not open yet says so", async () => {
    using folder = new Folder();
    const control = sqliteControl({ path: folder.file("control.db") });
    expect(() => control.generation()).toThrow(/is not open/);
    await expect(control.mark("u", [target])).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
    expect(existsSync(folder.file("control.db"))).toBe(false);
  });

  test("a folder that cannot be written to is IO_FAILED, and opening works once it can", async () => {
    using folder = new Folder();
    if (process.getuid?.() === 0) writeFileSync(folder.file("shut"), "in the way");
    else {
      mkdirSync(folder.file("shut"));
      chmodSync(folder.file("shut"), 0o500);
    }
    const control = sqliteControl({ path: folder.file("shut/a/control.db") });
    await expect(control.open()).rejects.toMatchObject({ code: "IO_FAILED" });
    rmSync(folder.file("shut"), { recursive: true });
    await control.open();
    expect(await control.records()).toEqual([]);
    await control.close();
  });
});

describe("a control store that goes away while it is open", () => {
  const uses: Readonly<Record<string, (control: ControlStore) => Promise<unknown>>> = {
    lock: (control) => control.lock("l", "shared", { timeoutMs: 0 }),
    mark: (control) => control.mark("u", [target]),
    markSettled: (control) => control.markSettled("u", [{ ...target, moved: false }]),
    commit: (control) => control.commit([], []),
  };
  const parts = ["control.db", "control.generation", "control.locks"];

  test.each(parts)("lock(), mark() and commit() refuse once %s was deleted", async (part) => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    (await control.lock("l", "shared", { timeoutMs: 0 })).release();
    rmSync(folder.file(part), { recursive: true });
    for (const use of Object.values(uses)) {
      await expect(use(control)).rejects.toMatchObject({
        code: "IO_FAILED",
        message: expect.stringMatching(/deleted while in use.*cutover doctor/s),
      });
    }
  });

  test.each(parts)("lock(), mark() and commit() refuse once %s was replaced", async (part) => {
    using folder = new Folder();
    await using control = await openControl(folder.file("control.db"));
    renameSync(folder.file(part), folder.file("aside"));
    if (part === "control.locks") mkdirSync(folder.file(part));
    else writeFileSync(folder.file(part), readFileSync(folder.file("aside")));
    for (const use of Object.values(uses)) {
      await expect(use(control)).rejects.toMatchObject({
        code: "IO_FAILED",
        message: expect.stringContaining("replaced while in use"),
      });
    }
  });
});
