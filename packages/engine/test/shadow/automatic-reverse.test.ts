import { defineCollection, memoryControl } from "@cutover/core";
import { changeStage, Operator } from "@cutover/engine";
import { expect, test } from "vitest";
import {
  AutomaticReverse,
  type AutomaticReverseOptions,
  type AutomaticStep,
} from "../../src/shadow/automatic-reverse.ts";
import type { UnitRecord } from "../../src/unit/unit-record.ts";
import { openHop, recordUnit, type Hop } from "../verify/hop.fixture.ts";

const models = defineCollection({ name: "models" });

interface Bench {
  readonly hop: Hop;
  readonly reverse: AutomaticReverse;
  readonly taken: string[];
  readonly refused: unknown[];
  readonly advance: (ms: number) => void;
  readonly record: () => Promise<UnitRecord>;
  /** Tells of so many differences under the epoch the unit is at. */
  readonly see: (differences: number) => Promise<void>;
}

async function bench(
  stage: UnitRecord["stage"],
  options: Partial<AutomaticReverseOptions> = {},
): Promise<Bench> {
  let nowMs = Date.parse("2026-01-01T00:00:00.000Z");
  const clock = (): number => nowMs;
  const hop = await openHop([models], { stage, clock, control: memoryControl({ clock }) });
  const taken: string[] = [];
  const refused: unknown[] = [];
  const record = async (): Promise<UnitRecord> =>
    hop.registry.of(await hop.registry.look(), hop.unit).record;
  const stepBack = async ({
    unit,
    action,
    reason,
    gate,
    changes,
  }: AutomaticStep): Promise<void> => {
    const change = { actor: "automatic", deadlineMs: 500, mostDirty: 100, reason, gate, changes };
    const { step } = await changeStage(hop, unit, action, change);
    taken.push(`${step.from} → ${step.to}`);
  };
  const onRefused = (_unit: unknown, reason: unknown): void => void refused.push(reason);
  const reverse = new AutomaticReverse({ clock, record, stepBack, onRefused, ...options });
  const see = async (differences: number): Promise<void> => {
    const { epoch } = await record();
    for (let index = 0; index < differences; index++) await reverse.saw(hop.unit, epoch);
  };
  return { hop, reverse, taken, refused, record, see, advance: (ms) => (nowMs += ms) };
}

test("ten differences within a minute take a unit back to where the old store answers, audited as automatic", async () => {
  const { hop, see, taken, record } = await bench("live");
  await see(9);
  expect(taken).toEqual([]);
  await see(1);
  expect(taken).toEqual(["live → shadow"]);
  expect(await record()).toMatchObject({
    stage: "shadow",
    epoch: 3,
    automatic: { count: 1, at: "2026-01-01T00:00:00.000Z" },
  });
  const [row] = await hop.control.audit(1);
  expect(row).toMatchObject({ action: "reverse", actor: "automatic" });
  expect(JSON.stringify(row?.details)).toContain("10 reads differed");
});

test("differences that are spread over a longer time are not enough", async () => {
  const { see, taken, advance } = await bench("live");
  for (let index = 0; index < 30; index++) {
    await see(1);
    advance(7000);
  }
  expect(taken).toEqual([]);
});

test("thresholds and pauses are options", async () => {
  const thresholds = { mismatches: 2, withinMs: 100 };
  const { see, taken, advance } = await bench("live", { thresholds, coolDownMs: 5 });
  await see(1);
  advance(101);
  await see(1);
  expect(taken).toEqual([]);
  await see(1);
  advance(5);
  await see(2);
  expect(taken).toEqual(["live → shadow", "shadow → dualwrite"]);
});

test("a second step waits for the pause after the first, whichever process took that", async () => {
  const { hop, see, taken, refused, advance } = await bench("live");
  await see(10);
  const before = taken.length;
  advance(59_999);
  await see(10);
  expect(taken).toHaveLength(before);
  expect(refused).toContain("cooling down");
  advance(1);
  await see(10);
  expect(taken).toEqual(["live → shadow", "shadow → dualwrite"]);
  await recordUnit(hop, hop.unit, { stage: "live", epoch: 9 });
  await see(10);
  expect(refused.at(-1)).toBe("cooling down");
});

test("after three steps without an operator the rest is left to one, whose change of stage counts anew", async () => {
  const { hop, see, taken, refused, advance, record } = await bench("shadow");
  const automatic = { count: 3, at: "2025-01-01T00:00:00.000Z" };
  await recordUnit(hop, hop.unit, { automatic });
  await see(10);
  expect(taken).toEqual([]);
  expect(refused).toEqual(["too many in a row"]);
  const operator = new Operator({
    old: hop.stores.old,
    new: hop.stores.new,
    control: hop.control,
    units: [hop.unit],
  });
  await operator.stepBack(hop.unit);
  await operator.advance(hop.unit);
  expect((await record()).automatic).toBeUndefined();
  advance(120_000);
  await see(10);
  expect(taken).toEqual(["shadow → dualwrite"]);
});

test("nothing is done at a stage in which one store is kept, and never away from complete", async () => {
  for (const stage of ["off", "dualwrite", "complete"] as const) {
    const { see, taken, refused } = await bench(stage);
    await see(20);
    expect(taken).toEqual([]);
    expect(new Set(refused)).toEqual(new Set(["no way back"]));
  }
});

test("differences found under an epoch that is over do not count", async () => {
  const { hop, reverse, see, taken, refused } = await bench("live");
  await see(9);
  await recordUnit(hop, hop.unit, { epoch: 3 });
  await see(1);
  for (let index = 0; index < 20; index++) await reverse.saw(hop.unit, 2);
  expect(taken).toEqual([]);
  expect(refused).toEqual([]);
});

test("a step that somebody else was faster with is refused, not taken twice", async () => {
  const { hop, reverse, refused, record } = await bench("live", {
    stepBack: async ({ unit, action, gate, changes }) => {
      await recordUnit(hop, unit, { stage: "shadow", epoch: 3 });
      await recordUnit(hop, unit, { stage: "live", epoch: 4 });
      const change = { actor: "automatic", deadlineMs: 500, mostDirty: 100, gate, changes };
      await changeStage(hop, unit, action, change);
    },
  });
  for (let index = 0; index < 10; index++) await reverse.saw(hop.unit, 2);
  expect(refused).toMatchObject([{ code: "STAGE_REFUSED" }]);
  expect(await record()).toMatchObject({ stage: "live", epoch: 4 });
});
