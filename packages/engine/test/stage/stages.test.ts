import { stages, stageSteps, type Stage } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { isStage, order } from "./stage-order.ts";
import { TwoStores, unit, walk, wayBetween } from "../backend/two-stores.ts";

const methods = [
  "start",
  "advance",
  "switch",
  "reverse",
  "rampDown",
  "complete",
  "stepBack",
  "cancel",
] as const;

const place = (stage: Stage): number => order.indexOf(stage);

describe("the table of stages", () => {
  it("leads one step on from every stage but the last, and never further", () => {
    const on = stageSteps.filter(({ from, to }) => place(to) > place(from));
    expect(on.map(({ from, to }) => [from, to])).toEqual(
      order.slice(1).map((to, index) => [order[index], to]),
    );
  });

  it("leads back from wherever the old store is still kept equal, and from nowhere else", () => {
    const back = stageSteps.filter(({ from, to }) => place(to) < place(from));
    expect(back.map(({ action, from, to }) => `${action}: ${from} → ${to}`).toSorted()).toEqual([
      "cancel: dualwrite → off",
      "cancel: shadow → off",
      "reverse: live → shadow",
      "reverse: rampdown → shadow",
      "step back: shadow → dualwrite",
    ]);
  });

  it("drains before a step exactly where another store comes to answer", () => {
    for (const { from, to, switches } of stageSteps)
      expect([from, to, switches]).toEqual([
        from,
        to,
        stages[from].authority !== stages[to].authority,
      ]);
  });

  it("copies anew exactly where mirroring begins", () => {
    for (const { from, to, backfills } of stageSteps)
      expect([from, to, backfills]).toEqual([
        from,
        to,
        stages[from].mirror === undefined && stages[to].mirror !== undefined,
      ]);
  });
});

describe.each(order)("at %s", (stage) => {
  it("every action of the table is taken, and every other refused with nothing changed", async () => {
    for (const method of methods) {
      await using hop = await TwoStores.make();
      const operator = await hop.operator();
      await walk(operator, stage);
      const before = await operator.record(unit);
      const action = method.replace(/[A-Z]/, (letter) => ` ${letter.toLowerCase()}`);
      const step = stageSteps.find((row) => row.from === stage && row.action === action);
      const work = operator[method](unit, { force: true, reason: "a test" });
      if (step === undefined) {
        await expect(work, method).rejects.toMatchObject({ code: "STAGE_REFUSED" });
        expect(await operator.record(unit)).toEqual(before);
      } else {
        await work;
        const after = await operator.record(unit);
        expect([method, after.stage, after.epoch]).toEqual([method, step.to, before.epoch + 1]);
      }
    }
  });
});

it("complete is the only stage without a way back", () => {
  const stuck = order.filter((stage) => stage !== "off" && wayBetween(stage, "off") === undefined);
  expect(stuck).toEqual(["complete"]);
  expect(Object.keys(stages).every(isStage)).toBe(true);
});
