import assert from "node:assert/strict";
import type { ControlStore } from "@cutover/core";
import { rejectsWith } from "../../proof/rejection.ts";
import type { ControlClause } from "../control-clause.ts";
import { somebodyWaits, take } from "./locks.ts";

const target = { collection: "c", key: "k" };

const calls: Readonly<Record<string, (control: ControlStore) => unknown>> = {
  open: (control) => control.open(),
  incarnation: (control) => control.incarnation(),
  generation: (control) => control.generation(),
  records: (control) => control.records(),
  commit: (control) => control.commit([], []),
  audit: (control) => control.audit(1),
  lock: (control) => control.lock("l", "shared", { timeoutMs: 0 }),
  mark: (control) => control.mark("u", [target]),
  settle: (control) => control.settle("u", { mark: 1, targets: [target], moved: [] }),
  markSettled: (control) => control.markSettled("u", []),
  marks: (control) => control.marks("u", 1),
  count: (control) => control.count("u"),
  clear: (control) => control.clear("u", []),
  settleOrphans: (control) => control.settleOrphans("u"),
  notes: (control) => control.notes("t"),
  note: (control) => control.note("t", "k", 1),
  sizeBytes: (control) => control.sizeBytes(),
};

/** Laws of opening and closing. */
export const closing: readonly ControlClause[] = [
  {
    id: "closing/refused",
    title: "every call after close() is refused with BACKEND_CLOSED",
    run: async ({ open }) => {
      const control = await open();
      await control.close();
      await control.close();
      for (const [name, call] of Object.entries(calls)) {
        const called = async (): Promise<unknown> => call(control);
        await rejectsWith("BACKEND_CLOSED", called(), name);
      }
    },
  },
  {
    id: "closing/finishes",
    title: "what was begun before close() is finished",
    run: async ({ open }) => {
      const control = await open();
      const begun = [
        control.mark("u", [target]),
        control.settle("u", { mark: 1, targets: [target], moved: [] }),
        control.note("t", "k", 1),
        control.commit([{ name: "a", revision: 0, value: 1 }], []),
      ];
      const closed = control.close();
      const ends = await Promise.allSettled(begun);
      assert.deepEqual(
        ends.map(({ status }) => status),
        begun.map(() => "fulfilled"),
      );
      await closed;
    },
  },
  {
    id: "closing/locks",
    title: "close() turns away who waits for a lock; releasing one afterwards is harmless",
    run: async ({ open }) => {
      const control = await open();
      const shared = await take(control, "shared");
      const other = await take(control, "exclusive", "other");
      const waiting = [take(control, "exclusive"), take(control, "exclusive")].map((lock) =>
        rejectsWith("BACKEND_CLOSED", lock),
      );
      await somebodyWaits(control);
      await control.close();
      await Promise.all(waiting);
      for (const lock of [shared, other]) lock.release();
    },
  },
];
