import { stages, stageSteps, type Operator, type Stage, type StageAction } from "@cutover/engine";

import { describe, expect, it } from "vitest";
import { stepFrom } from "../../src/stage/stages.ts";
import { TwoStores, unit, walk, wayBetween } from "../backend/two-stores.ts";
import { isStage, order } from "./stage-order.ts";

const forced = { force: true, reason: "a test" };
const actions = [
  ["start", "start"],
  ["advance", "advance"],
  ["switch", "switch"],
  ["reverse", "reverse"],
  ["rampDown", "ramp down"],
  ["complete", "complete"],
  ["stepBack", "step back"],
  ["cancel", "cancel"],
] as const satisfies readonly (readonly [keyof Operator, StageAction])[];

/** Every action at every stage, with the step that it is; undefined where there is none. */
const attempts = order.flatMap((stage) =>
  actions.map(([method, action]) => ({ stage, method, step: stepFrom(stage, action) })),
);

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

describe("an operator who asks for an action", () => {
  it.each(attempts.filter(({ step }) => step !== undefined))(
    "at $stage, $method, takes the unit where the table says, one epoch on",
    async ({ stage, method, step }) => {
      await using hop = await TwoStores.make();
      const operator = await hop.operator();
      await walk(operator, stage);
      const { epoch } = await operator.record(unit);
      await operator[method](unit, forced);
      const after = await operator.record(unit);
      expect([after.stage, after.epoch]).toEqual([step?.to, epoch + 1]);
    },
  );

  it.each(attempts.filter(({ step }) => step === undefined))(
    "at $stage, $method, is refused, and nothing is changed",
    async ({ stage, method }) => {
      await using hop = await TwoStores.make();
      const operator = await hop.operator();
      await walk(operator, stage);
      const before = await operator.record(unit);
      await expect(operator[method](unit, forced)).rejects.toMatchObject({ code: "STAGE_REFUSED" });
      expect(await operator.record(unit)).toEqual(before);
    },
  );
});

it("complete is the only stage without a way back", () => {
  const stuck = order.filter((stage) => stage !== "off" && wayBetween(stage, "off") === undefined);
  expect(stuck).toEqual(["complete"]);
  expect(Object.keys(stages).every(isStage)).toBe(true);
});
