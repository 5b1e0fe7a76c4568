import { describe, expect, it } from "vitest";
import type { Failpoint, Operator, Stage, Unit } from "@cutover/engine";
import { drainLock } from "../../src/drain/unit-drain.ts";
import { writersLock } from "../../src/write/writer-sections.ts";
import { toLive, toShadow } from "../bypass/json-and-sqlite.ts";
import { assertEqualStores } from "../drain/equal-stores.ts";
import { filled, notes, type Scene } from "./scene.ts";

type Act = (operator: Operator, unit: Unit, signal: AbortSignal) => Promise<unknown>;

interface Action {
  readonly before: (scene: Scene) => Promise<void>;
  readonly act: Act;
  /** Stages in which it may leave the unit: as it was, or as it is to be. */
  readonly stages: readonly [Stage, Stage];
}

const nothing = (): Promise<void> => Promise.resolve();
const forced = { force: true, reason: "a test" };
const start = async ({ operator, unit }: Scene): Promise<void> => void (await operator.start(unit));
const copied = async (scene: Scene): Promise<void> => {
  await start(scene);
  await scene.operator.backfill(scene.unit);
};
const rampedDown = async (scene: Scene): Promise<void> => {
  await toLive(scene);
  await scene.operator.rampDown(scene.unit);
};
/** The database lacks a record, and a verification has found that. */
const differing = async (scene: Scene): Promise<void> => {
  await toShadow(scene);
  await scene.drained();
  await scene.sqlite.collection(notes).delete("b");
  await scene.operator.verify(scene.unit);
};

const actions: Readonly<Record<string, Action>> = {
  start: {
    before: nothing,
    act: (operator, unit, signal) => operator.start(unit, { signal }),
    stages: ["off", "dualwrite"],
  },
  backfill: {
    before: start,
    act: (operator, unit, signal) => operator.backfill(unit, { signal }),
    stages: ["dualwrite", "dualwrite"],
  },
  advance: {
    before: copied,
    act: (operator, unit, signal) => operator.advance(unit, { signal }),
    stages: ["dualwrite", "shadow"],
  },
  verify: {
    before: toShadow,
    act: (operator, unit, signal) => operator.verify(unit, { signal }),
    stages: ["shadow", "shadow"],
  },
  repair: {
    before: differing,
    act: (operator, unit, signal) => operator.repair(unit, { signal }),
    stages: ["shadow", "shadow"],
  },
  switch: {
    before: toShadow,
    act: (operator, unit, signal) => operator.switch(unit, { ...forced, signal }),
    stages: ["shadow", "live"],
  },
  "step back": {
    before: toShadow,
    act: (operator, unit, signal) => operator.stepBack(unit, { signal }),
    stages: ["shadow", "dualwrite"],
  },
  cancel: {
    before: toShadow,
    act: (operator, unit, signal) => operator.cancel(unit, { signal }),
    stages: ["shadow", "off"],
  },
  reverse: {
    before: toLive,
    act: (operator, unit, signal) => operator.reverse(unit, { signal }),
    stages: ["live", "shadow"],
  },
  "ramp down": {
    before: toLive,
    act: (operator, unit, signal) => operator.rampDown(unit, { signal }),
    stages: ["live", "rampdown"],
  },
  complete: {
    before: rampedDown,
    act: (operator, unit, signal) => operator.complete(unit, { signal }),
    stages: ["rampdown", "complete"],
  },
};

const reason = new Error("Ctrl-C");
/** Points at which some action was told to stop. */
const stoppedAt = new Set<string>();

/** Somebody who is told to stop at a point, the first time they come there. */
function stopping(
  scene: Scene,
  where: Failpoint | undefined,
): [Operator, AbortSignal, Failpoint[]] {
  const controller = new AbortController();
  const passed: Failpoint[] = [];
  const at = (point: Failpoint): void => {
    if (!passed.includes(point)) passed.push(point);
    if (point === where) controller.abort(reason);
  };
  return [scene.operatorWith({ at }), controller.signal, passed];
}

/** Nobody holds a lock of the unit any more. */
async function checkLocks({ control, unit }: Scene): Promise<void> {
  for (const name of [writersLock(unit.name), drainLock(unit.name)]) {
    const lock = await control.lock(name, "exclusive", { timeoutMs: 2000 });
    lock.release();
  }
}

describe.each(Object.entries(actions))("%s, told to stop", (_name, { before, act, stages }) => {
  it("before it begins, does nothing", async () => {
    await using scene = await filled();
    await before(scene);
    const { epoch } = await scene.operator.record(scene.unit);
    const work = act(scene.operator, scene.unit, AbortSignal.abort(reason));
    await expect(work).rejects.toBe(reason);
    expect(await scene.operator.record(scene.unit)).toMatchObject({ stage: stages[0], epoch });
    await checkLocks(scene);
  });

  it("anywhere on its way, has done all or nothing, holds no lock, and can be done again", async () => {
    await using first = await filled();
    await before(first);
    const [free, signal, points] = stopping(first, undefined);
    await act(free, first.unit, signal);
    for (const point of points) {
      await using scene = await filled();
      await before(scene);
      const [operator, stop] = stopping(scene, point);
      const outcome = await act(operator, scene.unit, stop).then(
        () => "done",
        (error: unknown) => error,
      );
      stoppedAt.add(point);
      expect([reason, "done"]).toContain(outcome);
      const { stage } = await scene.operator.record(scene.unit);
      expect([point, stage]).toEqual([point, outcome === "done" ? stages[1] : stages[0]]);
      await checkLocks(scene);
      await scene.storage.collection(notes).put("d", { title: "d", size: 4 });
      if (outcome !== "done") await act(scene.operator, scene.unit, new AbortController().signal);
      expect((await scene.operator.record(scene.unit)).stage).toBe(stages[1]);
      if (["off", "complete"].includes(stages[1])) continue;
      await scene.operator.backfill(scene.unit);
      await scene.drained();
      await assertEqualStores(scene.json, scene.sqlite, [notes]);
    }
  });
});

it("was told to stop in the middle of all that takes long", () => {
  const long = ["stage/drained", "stage/writers-out", "reconcile/batch", "verify/compared"];
  expect([...stoppedAt]).toEqual(expect.arrayContaining(long));
});
