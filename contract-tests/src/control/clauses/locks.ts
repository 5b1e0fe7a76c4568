import assert from "node:assert/strict";
import type { ControlLock, ControlStore, LockMode } from "@cutover/core";
import { rejectsWith } from "../../proof/rejection.ts";
import type { ControlClause } from "../control-clause.ts";

const longMs = 20_000;

/** Takes a lock that is free, or waits for it. */
export function take(control: ControlStore, mode: LockMode, name = "l"): Promise<ControlLock> {
  return control.lock(name, mode, { timeoutMs: longMs });
}

/** Asserts that a lock is not to be had now. */
export async function refused(control: ControlStore, mode: LockMode, name = "l"): Promise<void> {
  for (const timeoutMs of [0, 20]) {
    const waited = control.lock(name, mode, { timeoutMs });
    await rejectsWith("LOCK_TIMEOUT", waited, `${mode}, ${timeoutMs} ms`);
  }
}

/** So long a newcomer waits: somebody who only tries to have the lock alone is in its way for less. */
const passingMs = 20;

/** Resolves when somebody is seen to wait for the exclusive lock: newcomers no longer come in. */
export async function somebodyWaits(control: ControlStore, name = "l"): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    try {
      (await control.lock(name, "shared", { timeoutMs: passingMs })).release();
    } catch {
      return;
    }
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  assert.fail("newcomers are let in for ever while somebody waits for the exclusive lock");
}

/** Laws of who holds a lock together with whom. */
export const locks: readonly ControlClause[] = [
  {
    id: "locks/shared",
    title: "many hold a lock shared, and nobody exclusively with them",
    run: async ({ open }) => {
      const control = await open();
      const held = await Promise.all(Array.from({ length: 20 }, () => take(control, "shared")));
      for (const lock of held) {
        await refused(control, "exclusive");
        lock.release();
      }
      (await take(control, "exclusive")).release();
    },
  },
  {
    id: "locks/exclusive",
    title: "who holds a lock exclusively holds it alone",
    run: async ({ open }) => {
      const control = await open();
      const lock = await take(control, "exclusive");
      await refused(control, "shared");
      await refused(control, "exclusive");
      lock.release();
      (await take(control, "shared")).release();
      (await take(control, "exclusive")).release();
    },
  },
  {
    id: "locks/names",
    title: "locks of different names have nothing to do with each other",
    run: async ({ open }) => {
      const control = await open();
      const long = "x".repeat(2000);
      const names = ["writers:a/b", "writers:a_b", "WRITERS:a/b", "😀", "..", long, `${long}y`, ""];
      const held = await Promise.all(names.map((name) => take(control, "exclusive", name)));
      for (const name of names) await refused(control, "shared", name);
      for (const lock of held) lock.release();
    },
  },
  {
    id: "locks/one-at-a-time",
    title: "all who wait for a lock exclusively get it, one at a time",
    run: async ({ open }) => {
      const control = await open();
      let holders = 0;
      let most = 0;
      const turn = async (): Promise<void> => {
        const lock = await take(control, "exclusive");
        most = Math.max(most, ++holders);
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        holders--;
        lock.release();
      };
      await Promise.all(Array.from({ length: 25 }, turn));
      assert.equal(most, 1);
    },
  },
  {
    id: "locks/not-overtaken",
    title: "who waits for a lock exclusively is not overtaken by newcomers who would share it",
    run: async ({ open }) => {
      const control = await open();
      const sharing = await take(control, "shared");
      const waiting = take(control, "exclusive");
      await somebodyWaits(control);
      await refused(control, "shared");
      let newcomerIn = false;
      const newcomer = take(control, "shared").then((lock) => {
        newcomerIn = true;
        return lock;
      });
      // Not waited for when this clause has failed by then.
      newcomer.catch(() => undefined);
      sharing.release();
      const lock = await waiting;
      assert.equal(newcomerIn, false, "a newcomer came first");
      await refused(control, "shared");
      lock.release();
      (await newcomer).release();
    },
  },
  {
    id: "locks/stream",
    title: "a stream of holders who share never keeps somebody from the exclusive lock",
    run: async ({ open }) => {
      const control = await open();
      let current = await take(control, "shared");
      const seen = { granted: false };
      const waiting = take(control, "exclusive").then((lock) => {
        seen.granted = true;
        return lock;
      });
      waiting.catch(() => undefined);
      for (let turn = 0; turn < 20_000 && !seen.granted; turn++) {
        // The next one comes before the last one goes, whenever it may.
        const next = control.lock("l", "shared", { timeoutMs: 1 });
        const lock = await next.catch(() => undefined);
        current.release();
        if (lock !== undefined) current = lock;
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
      assert.ok(seen.granted, "the stream went on for ever");
      current.release();
      (await waiting).release();
    },
  },
];
