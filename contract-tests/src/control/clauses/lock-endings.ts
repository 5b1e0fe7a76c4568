import assert from "node:assert/strict";
import type { ControlStore, LockMode } from "@cutover/core";
import { rejection, rejectsWith } from "../../proof/rejection.ts";
import type { ControlClause } from "../control-clause.ts";
import { refused, somebodyWaits, take } from "./locks.ts";

const modes: readonly LockMode[] = ["shared", "exclusive"];

/** Asserts that nothing is held and nobody waits. */
async function free(control: ControlStore): Promise<void> {
  (await control.lock("l", "shared", { timeoutMs: 0 })).release();
  (await control.lock("l", "exclusive", { timeoutMs: 0 })).release();
}

/** Laws of how waiting and holding end. */
export const lockEndings: readonly ControlClause[] = [
  {
    id: "locks/deadline",
    title: "a lock that is not to be had in time rejects with LOCK_TIMEOUT and leaves no trace",
    run: async ({ open }) => {
      const control = await open();
      const sharing = await take(control, "shared");
      const late = control.lock("l", "exclusive", { timeoutMs: 30 });
      await rejectsWith("LOCK_TIMEOUT", late);
      (await control.lock("l", "shared", { timeoutMs: 0 })).release();
      sharing.release();
      await free(control);
      const exclusive = await take(control, "exclusive");
      for (const mode of modes)
        await rejectsWith("LOCK_TIMEOUT", control.lock("l", mode, { timeoutMs: 30 }), mode);
      exclusive.release();
      await free(control);
    },
  },
  {
    id: "locks/abort",
    title: "an aborted signal ends the waiting with its reason and leaves no trace",
    run: async ({ open }) => {
      const control = await open();
      const reason = new Error("enough");
      for (const mode of modes) {
        const signal = AbortSignal.abort(reason);
        const refusedAtOnce = control.lock("l", mode, { timeoutMs: 1000, signal });
        assert.equal(await rejection(refusedAtOnce), reason);
      }
      const holder = await take(control, "shared");
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = control.lock("l", "exclusive", { timeoutMs: 60_000, signal });
      const behind = control.lock("l", "exclusive", { timeoutMs: 60_000, signal });
      const ends = Promise.all([rejection(waiting), rejection(behind)]);
      await somebodyWaits(control);
      controller.abort(reason);
      assert.deepEqual(await ends, [reason, reason]);
      (await control.lock("l", "shared", { timeoutMs: 0 })).release();
      holder.release();
      await free(control);
    },
  },
  {
    id: "locks/abort-shared",
    title: "an aborted signal ends the waiting of those who would share, and only theirs",
    run: async ({ open }) => {
      const control = await open();
      const reason = new Error("enough");
      const holder = await take(control, "exclusive");
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = [1, 2].map(() =>
        rejection(control.lock("l", "shared", { timeoutMs: 60_000, signal })),
      );
      const patient = [1, 2].map(() => take(control, "shared"));
      controller.abort(reason);
      assert.deepEqual(await Promise.all(aborted), [reason, reason]);
      holder.release();
      for (const lock of await Promise.all(patient)) lock.release();
      await free(control);
    },
  },
  {
    id: "locks/release-twice",
    title: "releasing a lock twice takes nothing from others",
    run: async ({ open }) => {
      const control = await open();
      const [one, two] = [await take(control, "shared"), await take(control, "shared")];
      one.release();
      one.release();
      await refused(control, "exclusive");
      two.release();
      const first = await take(control, "exclusive");
      first.release();
      const second = await take(control, "exclusive");
      first.release();
      await refused(control, "shared");
      second.release();
      await free(control);
    },
  },
];
