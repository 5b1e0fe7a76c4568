import { writeFileSync, readFileSync } from "node:fs";
import { isStorageError, type ControlStore, type LockMode } from "@cutover/core";
import { sqliteControl } from "@cutover/kysely/control";
import { describe, expect, test } from "vitest";
import { Folder } from "../folder.ts";
import { ControlProcess } from "./control-process.ts";

async function openControl(folder: Folder): Promise<ControlStore> {
  const control = sqliteControl({ path: folder.file("control.db") });
  await control.open();
  return control;
}

async function isFree(control: ControlStore, mode: LockMode, name = "l"): Promise<boolean> {
  try {
    (await control.lock(name, mode, { timeoutMs: 0 })).release();
    return true;
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return false;
    throw error;
  }
}

/** Resolves when something becomes true, within a bounded number of turns. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (await holds()) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`never: ${what}`);
}

async function takeAndRelease(control: ControlStore, mode: LockMode): Promise<void> {
  (await control.lock("l", mode, { timeoutMs: 20_000 })).release();
}

describe("locks between processes", () => {
  test("what one process holds exclusively, no other holds", async () => {
    using folder = new Folder();
    await using control = await openControl(folder);
    await using other = await ControlProcess.start(folder.file("control.db"));
    await other.run({ task: "lock", name: "l", mode: "exclusive" });
    expect(await isFree(control, "shared")).toBe(false);
    expect(await isFree(control, "exclusive")).toBe(false);
    expect(await isFree(control, "exclusive", "another")).toBe(true);
    await other.run({ task: "release" });
    expect(await isFree(control, "exclusive")).toBe(true);
  });

  test("what one process shares, others share too and nobody holds exclusively", async () => {
    using folder = new Folder();
    await using control = await openControl(folder);
    await using other = await ControlProcess.start(folder.file("control.db"));
    await other.run({ task: "lock", name: "l", mode: "shared" });
    expect(await isFree(control, "shared")).toBe(true);
    expect(await isFree(control, "exclusive")).toBe(false);
    await other.run({ task: "release" });
    expect(await isFree(control, "exclusive")).toBe(true);
  });

  test("three processes add to one number under the lock, and none of it is lost", async () => {
    using folder = new Folder();
    const file = folder.file("number");
    writeFileSync(file, "0");
    const starts = [1, 2, 3].map(() => ControlProcess.start(folder.file("control.db")));
    const others = await Promise.all(starts);
    try {
      await Promise.all(others.map((other) => other.run({ task: "count", file, times: 60 })));
    } finally {
      await Promise.all(others.map((other) => other.kill()));
    }
    expect(readFileSync(file, "utf8")).toBe("180");
  });

  test("who waits for the exclusive lock is not overtaken by those of another process", async () => {
    using folder = new Folder();
    await using control = await openControl(folder);
    await using other = await ControlProcess.start(folder.file("control.db"));
    const sharing = await control.lock("l", "shared", { timeoutMs: 0 });
    const waiting = other.run({ task: "lock", name: "l", mode: "exclusive" });
    await until("a newcomer is refused", async () => !(await isFree(control, "shared")));
    let newcomerIn = false;
    const newcomer = control.lock("l", "shared", { timeoutMs: 60_000 }).then((lock) => {
      newcomerIn = true;
      return lock;
    });
    sharing.release();
    await waiting;
    expect(newcomerIn).toBe(false);
    await other.run({ task: "release" });
    (await newcomer).release();
  });

  test.each(["shared", "exclusive"] as const)(
    "a lock that was held %s is free once its process was killed",
    async (mode) => {
      using folder = new Folder();
      await using control = await openControl(folder);
      await using other = await ControlProcess.start(folder.file("control.db"));
      await other.run({ task: "lock", name: "l", mode });
      expect(await isFree(control, "exclusive")).toBe(false);
      await other.kill();
      await takeAndRelease(control, "exclusive");
    },
  );

  test("who was killed while it waited no longer stands in the way of newcomers", async () => {
    using folder = new Folder();
    await using control = await openControl(folder);
    await using other = await ControlProcess.start(folder.file("control.db"));
    const sharing = await control.lock("l", "shared", { timeoutMs: 0 });
    const waiting = other.run({ task: "lock", name: "l", mode: "exclusive" });
    waiting.catch(() => undefined);
    await until("a newcomer is refused", async () => !(await isFree(control, "shared")));
    await other.kill();
    await takeAndRelease(control, "shared");
    sharing.release();
    await takeAndRelease(control, "exclusive");
    expect(await isFree(control, "exclusive")).toBe(true);
  });
});

describe("a process killed in a commit", () => {
  const steps = [
    ["before-commit", 0],
    ["after-commit", 1],
  ] as const;

  test.each(steps)("%s: the generation is unknown until a store is opened", async (step, kept) => {
    using folder = new Folder();
    await using control = await openControl(folder);
    const before = control.generation();
    const other = await ControlProcess.start(folder.file("control.db"));
    await other.runToDeath({ task: "dieInCommit", step });
    expect(control.generation()).toBeUndefined();
    await using another = await openControl(folder);
    expect((await another.records()).length).toBe(kept);
    expect(await control.generation()).toBe(await another.generation());
    expect(control.generation()).not.toBeUndefined();
    expect(control.generation() === before).toBe(kept === 0);
  });

  test.each(steps)(
    "%s: the next commit, a refused one too, or reading the records mends it",
    async (step, kept) => {
      using folder = new Folder();
      await using control = await openControl(folder);
      for (const mend of [
        async () => control.commit([], []),
        async () => {
          const stale = control.commit([{ name: "none", revision: 9, value: 0 }], []);
          await expect(stale).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
        },
        async () => {
          await control.records();
          await until("mended", async () => control.generation() !== undefined);
        },
      ]) {
        const seen = await control.generation();
        const revision = (await control.records())[0]?.revision ?? 0;
        const other = await ControlProcess.start(folder.file("control.db"));
        await other.runToDeath({ task: "dieInCommit", step });
        expect(control.generation()).toBeUndefined();
        await mend();
        expect(control.generation()).not.toBeUndefined();
        expect((await control.records())[0]?.revision ?? 0).toBe(revision + kept);
        expect([seen, undefined].slice(kept === 1 ? 0 : 1)).not.toContain(control.generation());
      }
    },
  );
});

describe("many processes", () => {
  test("marks outlive a process that was killed, and are settled as orphans", async () => {
    using folder = new Folder();
    const other = await ControlProcess.start(folder.file("control.db"));
    const number = await other.run({ task: "mark", keys: ["a", "😀"] });
    await other.kill();
    await using control = await openControl(folder);
    const found = await control.marks("u", 9);
    expect(found.map(({ key, writers, moved }) => [key, writers, moved])).toEqual([
      ["a", 1, false],
      ["😀", 1, false],
    ]);
    expect(found.map((mark) => mark.number)).toEqual([number, number]);
    expect(await control.settleOrphans("u")).toBe(2);
    await control.clear("u", await control.marks("u", 9));
    expect(await control.count("u")).toMatchObject({ keys: 0 });
  });

  test("four processes mark, settle and clear the same keys, and no mark is lost", async () => {
    using folder = new Folder();
    const path = folder.file("control.db");
    const others = await Promise.all([0, 1, 2, 3].map(() => ControlProcess.start(path)));
    try {
      const numbers = await Promise.all(
        others.map((other, seed) => other.run({ task: "churn", seed, times: 150 })),
      );
      expect(new Set(numbers.flat()).size).toBe(600);
    } finally {
      await Promise.all(others.map((other) => other.kill()));
    }
    await using control = await openControl(folder);
    expect(await control.count("u")).toMatchObject({ writing: 0 });
    await control.clear("u", await control.marks("u", 9));
    expect(await control.marks("u", 9)).toEqual([]);
  });

  test("while three processes commit, records are always those of the generation around them", async () => {
    using folder = new Folder();
    const path = folder.file("control.db");
    await using control = await openControl(folder);
    const others = await Promise.all([1, 2, 3].map(() => ControlProcess.start(path)));
    try {
      await Promise.all(others.map((other) => other.run({ task: "commits", times: 60 })));
    } finally {
      await Promise.all(others.map((other) => other.kill()));
    }
    const [record] = await control.records();
    expect(record?.revision).toBeGreaterThanOrEqual(60);
    expect(control.generation()).toBe((record?.revision ?? 0) + 1);
  });
});
