import { readFileSync, writeFileSync } from "node:fs";
import { isStorageError, type ControlStore, type LockMode } from "@cutover/core";
import { describe, expect, test } from "vitest";
import type { ControlProcess } from "./control-process.ts";

/** A control store that is not there yet, and a folder for whatever else a test needs. */
export interface ControlPlace extends AsyncDisposable {
  file(name: string): string;
  /** Opens the store in this process. */
  open(): Promise<ControlStore>;
  /** Starts another process that has it open. */
  start(): Promise<ControlProcess>;
}

/** A control store that several processes can use. */
export interface ProcessSubject {
  readonly name: string;
  readonly place: () => Promise<ControlPlace>;
}

export async function isFree(control: ControlStore, mode: LockMode, name = "l"): Promise<boolean> {
  try {
    (await control.lock(name, mode, { timeoutMs: 0 })).release();
    return true;
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return false;
    throw error;
  }
}

/** Resolves when something becomes true, within a bounded number of turns. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
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

/** What only several processes can show of a control store, and what a killed one leaves behind. */
export function controlBetweenProcesses(subject: ProcessSubject): void {
  locksBetweenProcesses(subject);
  manyProcesses(subject);
}

function locksBetweenProcesses(subject: ProcessSubject): void {
  describe(`${subject.name}: locks between processes`, () => {
    test("what one process holds exclusively, no other holds", async () => {
      await using place = await subject.place();
      await using control = await place.open();
      await using other = await place.start();
      await other.run({ task: "lock", name: "l", mode: "exclusive" });
      expect(await isFree(control, "shared")).toBe(false);
      expect(await isFree(control, "exclusive")).toBe(false);
      expect(await isFree(control, "exclusive", "another")).toBe(true);
      await other.run({ task: "release" });
      await takeAndRelease(control, "exclusive");
    });

    test("what one process shares, others share too and nobody holds exclusively", async () => {
      await using place = await subject.place();
      await using control = await place.open();
      await using other = await place.start();
      await other.run({ task: "lock", name: "l", mode: "shared" });
      expect(await isFree(control, "shared")).toBe(true);
      expect(await isFree(control, "exclusive")).toBe(false);
      await other.run({ task: "release" });
      await takeAndRelease(control, "exclusive");
    });

    test("three processes add to one number under the lock, and none of it is lost", async () => {
      await using place = await subject.place();
      const file = place.file("number");
      writeFileSync(file, "0");
      const starts = [1, 2, 3].map(() => place.start());
      const others = await Promise.all(starts);
      try {
        await Promise.all(others.map((other) => other.run({ task: "count", file, times: 60 })));
      } finally {
        await Promise.all(others.map((other) => other.kill()));
      }
      expect(readFileSync(file, "utf8")).toBe("180");
    });

    test("who waits for the exclusive lock is not overtaken by those of another process", async () => {
      await using place = await subject.place();
      await using control = await place.open();
      await using other = await place.start();
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
        await using place = await subject.place();
        await using control = await place.open();
        await using other = await place.start();
        await other.run({ task: "lock", name: "l", mode });
        expect(await isFree(control, "exclusive")).toBe(false);
        await other.kill();
        await takeAndRelease(control, "exclusive");
      },
    );

    test("who was killed while it waited no longer stands in the way of newcomers", async () => {
      await using place = await subject.place();
      await using control = await place.open();
      await using other = await place.start();
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
}

function manyProcesses(subject: ProcessSubject): void {
  describe(`${subject.name}: many processes`, () => {
    test("marks outlive a process that was killed, and are settled as orphans", async () => {
      await using place = await subject.place();
      const other = await place.start();
      const number = await other.run({ task: "mark", keys: ["a", "😀"] });
      await other.kill();
      await using control = await place.open();
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
      await using place = await subject.place();
      const others = await Promise.all([0, 1, 2, 3].map(() => place.start()));
      try {
        const numbers = await Promise.all(
          others.map((other, seed) => other.run({ task: "churn", seed, times: 150 })),
        );
        expect(new Set(numbers.flat()).size).toBe(600);
      } finally {
        await Promise.all(others.map((other) => other.kill()));
      }
      await using control = await place.open();
      expect(await control.count("u")).toMatchObject({ writing: 0 });
      await control.clear("u", await control.marks("u", 9));
      expect(await control.marks("u", 9)).toEqual([]);
    });

    test("while three processes commit, records are always those of the generation around them", async () => {
      await using place = await subject.place();
      await using control = await place.open();
      const others = await Promise.all([1, 2, 3].map(() => place.start()));
      try {
        await Promise.all(others.map((other) => other.run({ task: "commits", times: 60 })));
      } finally {
        await Promise.all(others.map((other) => other.kill()));
      }
      const [record] = await control.records();
      expect(record?.revision).toBeGreaterThanOrEqual(60);
      expect(await control.generation()).toBe((record?.revision ?? 0) + 1);
    });
  });
}
