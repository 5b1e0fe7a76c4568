import {
  defineCollection,
  memoryBackend,
  memoryControl,
  replicaOf,
  type ControlStore,
  type StorageBackend,
} from "@cutover/core";
import { expect, it } from "vitest";
import { UnitDrain } from "../../src/drain/unit-drain.ts";
import type { AtFailpoint, Failpoint } from "../../src/failpoint.ts";
import { sweepKey } from "../../src/write/write-targets.ts";
import { contentOf } from "./equal-stores.ts";

const seats = defineCollection<number>({ name: "seats" });
const unit = { name: "unit", collections: [seats] };

interface Stores {
  readonly source: StorageBackend;
  readonly mirror: StorageBackend;
  readonly control: ControlStore;
}

async function stores(): Promise<Stores> {
  const control = memoryControl();
  await control.open();
  const source = memoryBackend();
  const mirror = memoryBackend();
  for (const store of [source, mirror]) store.collection(seats);
  return { source, mirror, control };
}

/** A drain in the middle of which something happens, once. */
function drainOf({ source, mirror, control }: Stores, at?: AtFailpoint): UnitDrain {
  const replicas = { old: replicaOf(source), new: replicaOf(mirror) };
  return new UnitDrain({ control, replicas, at }, unit);
}

function once(where: Failpoint, work: () => Promise<void>): AtFailpoint {
  let isDone = false;
  return async (point) => {
    if (point !== where || isDone) return;
    isDone = true;
    await work();
  };
}

const put = async (store: StorageBackend, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await store.collection(seats).put(key, 1);
};
const marked = (collection: string, key: string | undefined) => ({ collection, key, moved: false });

/** Rounds until nothing is marked. @throws when that never happens */
async function drained(drain: UnitDrain, { control }: Stores): Promise<void> {
  for (let round = 0; round < 20; round++) {
    await drain.round({ mirror: "new", reconciles: true });
    const { keys, collections } = await control.count(unit.name);
    if (keys === 0 && collections.length === 0) return;
  }
  throw new Error("it is still marked");
}

it("a collection that is cleared between the count of the marks and their list is made equal as a whole", async () => {
  const hop = await stores();
  await put(hop.source, "a", "b");
  await put(hop.mirror, "a", "b");
  await hop.control.markSettled("unit", [marked("seats", "a")]);
  let isCleared = false;
  const control = new Proxy(hop.control, {
    get: (target, member) => {
      if (member === "marks")
        return async (...call: Parameters<ControlStore["marks"]>) => {
          if (!isCleared) {
            isCleared = true;
            await hop.source.collection(seats).clear();
            await target.markSettled("unit", [marked("seats", undefined)]);
          }
          return target.marks(...call);
        };
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await drained(drainOf({ ...hop, control }), hop);
  expect(await contentOf(hop.mirror, seats)).toEqual(await contentOf(hop.source, seats));
});

it("records of which one goes while they are read keep their places, though as many are left to be put", async () => {
  const hop = await stores();
  await put(hop.source, "missing", "there", "going");
  // The mirror lacks the first and the last.
  await put(hop.mirror, "there");
  await hop.control.markSettled("unit", [marked("seats", "missing"), marked("seats", "going")]);
  const at = once("drain/read", async () => {
    await hop.source.collection(seats).delete("going");
    await hop.control.markSettled("unit", [{ ...marked("seats", "going"), moved: true }]);
  });
  await drained(drainOf(hop, at), hop);
  expect(await contentOf(hop.mirror, seats)).toEqual(await contentOf(hop.source, seats));
});

it("a sweep that ends while a collection is made equal is not forgotten with it", async () => {
  const hop = await stores();
  await put(hop.source, "expired", "stays");
  await hop.control.mark("unit", [{ collection: "seats", key: sweepKey }]);
  await hop.control.markSettled("unit", [marked("seats", undefined)]);
  // The expired record was copied; now it goes, and its writer dies before it could tell.
  const at = once("reconcile/batch", async () => {
    await hop.source.collection(seats).delete("expired");
    await hop.control.settleOrphans("unit");
  });
  await drained(drainOf(hop, at), hop);
  expect(await contentOf(hop.mirror, seats)).toEqual(await contentOf(hop.source, seats));
});
