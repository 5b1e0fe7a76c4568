import { StorageError, type StorageBackend } from "@cutover/core";
import type { Stage } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { stages } from "../../src/stage/stages.ts";
import { items, TwoStores, unit, walk } from "./two-stores.ts";

/**
 * Every kind of write, one after the other, with what the store in charge is told of each, and what
 * the mirror is, where that is something else: of a whole collection it is told what differs.
 */
type Write = (storage: StorageBackend) => Promise<unknown>;
const writes: readonly (readonly [write: Write, told: string[], mirrors?: string[][]])[] = [
  [(storage) => storage.collection(items).put("a", { n: 1 }), ["a"]],
  [(storage) => storage.collection(items).insert("b", { n: 2 }), ["b"]],
  [(storage) => storage.collection(items).patch("a", { n: 3 }), ["a"]],
  [(storage) => storage.collection(items).update("a", () => ({ n: 4 })), ["a"]],
  [(storage) => storage.collection(items).delete("b"), ["b"]],
  [
    (storage) =>
      storage.transaction(async (inside) => {
        await inside.collection(items).put("c", { n: 5 });
        await inside.collection(items).put("d", { n: 6 });
      }),
    ["c", "d"],
  ],
  [
    (storage) => storage.collection(items).replaceAll([["e", { n: 7 }]]),
    ["*"],
    [["a", "c", "d"], ["e"]],
  ],
  [(storage) => storage.collection(items).clear(), ["*"]],
];

const mirrored = ["dualwrite", "shadow", "live", "rampdown"] as const satisfies readonly Stage[];

describe.each(mirrored)("at %s, a write", (stage) => {
  it("reaches the store in charge once, whatever it is, and the other one once more", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const app = await hop.app();
    await walk(operator, stage);
    const { authority, mirror = "new" } = stages[stage];
    for (const [write, told, mirrors = [told]] of writes) {
      await hop.drained();
      const before = [hop[authority].writes.length, hop[mirror].writes.length] as const;
      await write(app);
      await hop.drained();
      expect(hop[authority].writes.slice(before[0])).toEqual([told]);
      expect(hop[mirror].writes.slice(before[1])).toEqual(mirrors);
    }
    expect(await app.collection(items).count()).toBe(0);
  });

  it("that was refused is not tried again on either side", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const app = await hop.app();
    await app.collection(items).put("a", { n: 1 });
    await walk(operator, stage);
    await hop.drained();
    const { authority, mirror = "new" } = stages[stage];
    const before = [hop[authority].writes.length, hop[mirror].writes.length] as const;
    hop[authority].hindrance = () =>
      Promise.reject(new StorageError("DISK_FULL", "no room", { backend: "a test" }));
    await expect(app.collection(items).put("a", { n: 2 })).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    hop[authority].hindrance = undefined;
    await hop.drained();
    expect(hop[authority].writes.slice(before[0])).toEqual([["a"]]);
    expect(hop[mirror].writes.slice(before[1])).toEqual([]);
    expect(await app.collection(items).get("a")).toEqual({ n: 1 });
  });
});

it("a mirror that failed is told once more, and the store in charge is not", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const app = await hop.app();
  await walk(operator, "shadow");
  let failures = 0;
  hop.new.hindrance = async () => {
    if (failures++ === 0) throw new StorageError("IO_FAILED", "once", { backend: "a test" });
  };
  const before = hop.new.writes.length;
  await app.collection(items).put("a", { n: 1 });
  await hop.drained();
  expect(hop.old.writes).toEqual([["a"]]);
  expect(hop.new.writes.slice(before)).toEqual([["a"], ["a"]]);
  expect((await operator.status(unit)).dirty).toBe(0);
});

it.each(["off", "complete"] as const)("at %s only one store is written to", async (stage) => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const app = await hop.app();
  await walk(operator, stage);
  const { authority } = stages[stage];
  const beside = hop[authority === "old" ? "new" : "old"];
  const [before, besideBefore] = [hop[authority].writes.length, beside.writes.length];
  for (const [write] of writes) await write(app);
  expect(hop[authority].writes.slice(before)).toEqual(writes.map(([, told]) => told));
  expect(beside.writes).toHaveLength(besideBefore);
});
