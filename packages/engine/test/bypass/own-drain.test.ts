import { isStorageError, replicaOf, type ControlStore } from "@cutover/core";
import { Operator } from "@cutover/engine";
import { expect, it } from "vitest";
import { inDrainTurn } from "../../src/unit/drain-turn.ts";
import { UnitDrain } from "../../src/drain/unit-drain.ts";
import { filled, notes, type Scene } from "../trouble/scene.ts";
import { toLive } from "./json-and-sqlite.ts";

/** A control store that runs something just before it tells what the mirror was left as, once. */
function interrupting(control: ControlStore, work: () => Promise<void>): ControlStore {
  let isRun = false;
  return new Proxy(control, {
    get: (target, member) => {
      if (member === "notes")
        return async (topic: string) => {
          if (topic.startsWith("stamp:") && !isRun) {
            isRun = true;
            await work();
          }
          return target.notes(topic);
        };
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** What another process of ours does with what is marked: it drains, if it is its turn. */
async function drainIfFree({ control, json, sqlite, unit }: Scene): Promise<boolean> {
  const replicas = { old: replicaOf(json), new: replicaOf(sqlite) };
  const drain = new UnitDrain({ control, replicas }, unit);
  try {
    await inDrainTurn(control, unit, { timeoutMs: 0 }, async () => {
      await drain.round({ mirror: "old", reconciles: true });
    });
    return true;
  } catch (error) {
    if (isStorageError(error, "LOCK_TIMEOUT")) return false;
    throw error;
  }
}

const neverDrains = {
  backend: {
    at: (point: string): void => {
      if (point === "drain/listed") throw new Error("this process does not drain");
    },
  },
};

it.each(["reverse", "repair"] as const)(
  "a drain of ours while a %s looks at the mirror is not taken for somebody else's write",
  async (action) => {
    await using hop = await filled(neverDrains);
    await toLive(hop);
    await hop.storage.collection(notes).put("a", { title: "written", size: 2 });
    let isTold = false;
    const control = interrupting(hop.control, async () => {
      isTold = true;
      // Free, it would write between the look at the file and the look at what was left there.
      expect(await drainIfFree(hop)).toBe(false);
    });
    const { json, sqlite, unit } = hop;
    const operator = new Operator({ old: json, new: sqlite, control, units: [unit] });
    await operator[action](unit, action === "repair" ? { discard: true } : {});
    expect(isTold).toBe(true);
    const { blockedBy } = await hop.operator.status(unit);
    expect(blockedBy.filter(({ code }) => code === "bypassed")).toEqual([]);
  },
);
