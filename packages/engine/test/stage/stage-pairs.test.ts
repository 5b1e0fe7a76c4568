import { stages, type AtFailpoint, type Stage } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { items, TwoStores, unit, walk, wayBetween } from "../backend/two-stores.ts";
import { order } from "./stage-order.ts";

/** Nothing reaches a mirror but by an operator: what an application reads there would be old. */
const neverDrains: AtFailpoint = (point) => {
  if (point === "drain/listed") throw new Error("this process does not drain");
};

/** Every pair of stages that two processes may hold at once: one has read the first, then it changes. */
const pairs = order.flatMap((held) =>
  order.map((now): readonly [Stage, Stage, boolean] => [
    held,
    now,
    wayBetween(held, now) !== undefined,
  ]),
);

describe("a process that knows a unit at one stage, when it has come to another", () => {
  it.each(pairs.filter(([, , isWay]) => isWay))(
    "%s → %s: writes and reads at the new one from its next call on",
    async (held, now) => {
      await using hop = await TwoStores.make();
      const operator = await hop.operator({ mostDirty: 1000 });
      const one = await hop.app({ at: neverDrains });
      const other = await hop.app({ at: neverDrains });
      await walk(operator, held);
      for (const app of [one, other]) {
        await app.collection(items).put("a", { n: 1 });
        expect(await app.collection(items).get("a")).toEqual({ n: 1 });
      }

      await walk(operator, now);
      const { authority, mirror } = stages[now];
      const beside = hop[authority === "old" ? "new" : "old"];
      const besideWrites = beside.writes.length;
      await one.collection(items).put("a", { n: 2 });
      expect(await hop[authority].backend.collection(items).get("a")).toEqual({ n: 2 });
      expect(await other.collection(items).get("a")).toEqual({ n: 2 });
      await other.transaction(async (tx) => {
        expect(await tx.collection(items).get("a")).toEqual({ n: 2 });
        await tx.collection(items).put("b", { n: 3 });
      });
      expect(await one.collection(items).getMany(["a", "b"])).toEqual(
        new Map([
          ["a", { n: 2 }],
          ["b", { n: 3 }],
        ]),
      );
      expect(beside.writes).toHaveLength(besideWrites);
      const { keys } = await (await hop.control()).count("items");
      if (mirror === undefined) return;
      expect(keys).toBeGreaterThanOrEqual(2);
    },
  );

  it("nothing leads away from complete, and the other 31 pairs are all tried", () => {
    const none = pairs.filter(([, , isWay]) => !isWay);
    expect(none.map(([held]) => held)).toEqual(order.slice(0, 5).map(() => "complete"));
    expect(pairs).toHaveLength(36);
  });
});

it("a write under way holds a switch up, and is carried along by it", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const app = await hop.app();
  await walk(operator, "shadow");
  const entered = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  hop.old.hindrance = () => {
    entered.resolve();
    return go.promise;
  };
  const write = app.collection(items).put("a", { n: 1 });
  await entered.promise;
  const began = Promise.withResolvers<void>();
  const patient = await hop.operator({
    switchDeadlineMs: 20_000,
    at: (point) => {
      if (point === "stage/drained") began.resolve();
    },
  });
  const change = patient.switch(unit, { force: true, reason: "a test" });
  await began.promise;
  expect((await operator.record(unit)).stage).toBe("shadow");
  go.resolve();
  await write;
  await change;
  expect(await hop.new.backend.collection(items).get("a")).toEqual({ n: 1 });
  expect(await app.collection(items).get("a")).toEqual({ n: 1 });
});
