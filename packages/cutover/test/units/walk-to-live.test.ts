import { defineCollection, memoryBackend, memoryControl } from "@cutover/core";
import { Operator, type Failpoint } from "@cutover/engine";
import { expect, it } from "vitest";
import { WalkToLive } from "../../src/units/walk-to-live.ts";

const unit = { name: "notes", collections: [defineCollection({ name: "notes" })] };

/** Gives a walk from `dualwrite` up behind its n-th change of stage. */
async function givenUpBehind(nth: number): Promise<[stage: string, outcome: unknown]> {
  const stop = new AbortController();
  const control = memoryControl();
  await control.open();
  let changes = -1;
  const operator = new Operator({
    old: memoryBackend(),
    new: memoryBackend(),
    control,
    units: [unit],
    at: (point: Failpoint) => {
      if (point === "stage/committed" && ++changes === nth) stop.abort("enough");
    },
  });
  await operator.start(unit);
  const walk = new WalkToLive(operator, { signal: stop.signal });
  const outcome = await walk.take(unit).then(
    () => "done",
    (reason: unknown) => reason,
  );
  return [(await operator.record(unit)).stage, outcome];
}

it("a walk that is given up when it has just arrived has arrived", async () => {
  expect(await givenUpBehind(2)).toEqual(["live", "done"]);
});

it("a walk that is given up on its way stays where it had come to", async () => {
  expect(await givenUpBehind(1)).toEqual(["shadow", "enough"]);
});
