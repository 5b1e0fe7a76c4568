import { describe, expect, it } from "vitest";
import { stages } from "../../src/stage/stages.ts";
import { items, TwoStores, unit, walk } from "./two-stores.ts";

const forced = { force: true, reason: "a test" };
describe.each(["dualwrite", "shadow", "live", "rampdown"] as const)(
  "at %s, a mirror that does not answer",
  (stage) => {
    it("keeps no caller waiting, is counted, and catches up when it answers again", async () => {
      await using hop = await TwoStores.make();
      const operator = await hop.operator({ switchDeadlineMs: 200 });
      const app = await hop.app();
      await app.collection(items).put("a", { n: 1 });
      await walk(operator, stage);
      await hop.drained();
      const { authority, mirror = "new" } = stages[stage];
      const answers = Promise.withResolvers<void>();
      hop[mirror].hindrance = () => answers.promise;
      for (const n of [2, 3, 4]) await app.collection(items).put("a", { n });
      await app.collection(items).put("b", { n: 5 });
      await app.transaction((inside) => inside.collection(items).delete("a"));
      expect(await app.collection(items).get("b")).toEqual({ n: 5 });
      expect(await app.collection(items).has("a")).toBe(false);
      expect((await operator.status(unit)).dirty).toBe(2);

      answers.resolve();
      hop[mirror].hindrance = undefined;
      await hop.drained();
      for (const side of [authority, mirror] as const)
        expect(await hop[side].backend.collection(items).find()).toMatchObject([{ key: "b" }]);
    });
  },
);

describe.each([
  ["shadow", "switch"],
  ["live", "reverse"],
  ["rampdown", "reverse"],
] as const)("at %s, a mirror that does not answer", (stage, action) => {
  it(`keeps a ${action} from being made, and no writer from writing`, async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator({ switchDeadlineMs: 200 });
    const app = await hop.app();
    await walk(operator, stage);
    await hop.drained();
    const { mirror = "new" } = stages[stage];
    const answers = Promise.withResolvers<void>();
    hop[mirror].hindrance = () => answers.promise;
    await app.collection(items).put("a", { n: 1 });
    const before = await operator.record(unit);
    // Whoever told the mirror something last keeps the others from telling it more.
    for (let turn = 0; turn < 2; turn++)
      await expect(operator[action](unit, forced)).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    expect(await operator.record(unit)).toEqual(before);
    await app.collection(items).put("b", { n: 2 });
    answers.resolve();
    hop[mirror].hindrance = undefined;
    await hop.drained();
    await operator[action](unit, forced);
    expect(await app.collection(items).count()).toBe(2);
  });
});

it.each(["dualwrite", "shadow"] as const)(
  "at %s, a mirror that does not answer can be left alone by a cancel",
  async (stage) => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator({ switchDeadlineMs: 200 });
    const app = await hop.app();
    await walk(operator, stage);
    await app.close();
    hop.new.hindrance = () => new Promise(() => undefined);
    await operator.cancel(unit, forced);
    expect((await operator.record(unit)).stage).toBe("off");
  },
);

it("a comparison that a mirror does not answer ends when its operator gives up", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const app = await hop.app();
  await app.collection(items).put("a", { n: 1 });
  await walk(operator, "shadow");
  await hop.drained();
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  hop.new.late = () => {
    asked.resolve();
    return answers.promise;
  };
  const giveUp = new AbortController();
  const compared = operator.verify(unit, { signal: giveUp.signal });
  await asked.promise;
  giveUp.abort(new Error("enough"));
  await expect(compared).rejects.toThrow("enough");
  answers.resolve();
  hop.new.late = undefined;
  expect(await operator.verify(unit)).toMatchObject({ isClean: true, counts: true });
});

describe("a mirror that does not answer while everything is copied to it", () => {
  it("ends the backfill in time, is told nothing more before it has answered, and is copied to then", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator({ switchDeadlineMs: 10 });
    const app = await hop.app();
    await app.collection(items).put("a", { n: 1 });
    await operator.start(unit);
    const answers = Promise.withResolvers<void>();
    hop.new.hindrance = () => answers.promise;
    await expect(operator.backfill(unit)).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
      message: expect.stringContaining("has not answered"),
    });
    await app.collection(items).put("a", { n: 2 });
    const stop = AbortSignal.timeout(50);
    await expect(operator.backfill(unit, { signal: stop })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(hop.new.writes).toHaveLength(1);
    answers.resolve();
    hop.new.hindrance = undefined;
    await operator.backfill(unit);
    await hop.drained();
    expect(await hop.new.backend.collection(items).get("a")).toEqual({ n: 2 });
  });

  it("does not keep who gives up", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    await operator.start(unit);
    await hop.old.backend.collection(items).put("a", { n: 1 });
    const asked = Promise.withResolvers<void>();
    const answers = Promise.withResolvers<void>();
    hop.new.hindrance = () => {
      asked.resolve();
      return answers.promise;
    };
    const stop = new AbortController();
    const reason = new Error("Ctrl-C");
    const work = operator.backfill(unit, { signal: stop.signal });
    await asked.promise;
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
    answers.resolve();
  });

  it("ends a repair in time", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const app = await hop.app();
    await app.collection(items).put("a", { n: 1 });
    await walk(operator, "shadow");
    await hop.drained();
    await hop.new.backend.collection(items).put("a", { n: 2 });
    expect((await operator.verify(unit)).differences).toBe(1);
    await app.close();
    const answers = Promise.withResolvers<void>();
    hop.new.hindrance = () => answers.promise;
    await expect(operator.repair(unit, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "LOCK_TIMEOUT",
    });
    answers.resolve();
    hop.new.hindrance = undefined;
    expect((await operator.repair(unit)).left).toEqual([]);
    expect(await hop.new.backend.collection(items).get("a")).toEqual({ n: 1 });
  });
});

it("a mirror that does not answer keeps no application from closing, and has what it was told before anything it needs is closed", async () => {
  await using hop = await TwoStores.make();
  const operator = await hop.operator();
  const told: string[] = [];
  const closed = Promise.withResolvers<void>();
  const needed: AsyncDisposable = {
    [Symbol.asyncDispose]: async () => {
      told.push("closed");
      closed.resolve();
    },
  };
  const app = await hop.app({ closeTimeoutMs: 50, closes: [needed] });
  await walk(operator, "shadow");
  await hop.drained();
  const asked = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<void>();
  hop.new.hindrance = async () => {
    asked.resolve();
    await answers.promise;
    told.push("answered");
  };
  await app.collection(items).put("a", { n: 1 });
  await asked.promise;
  await app.close();
  expect(told).toEqual([]);
  await expect(operator.repair(unit, { timeoutMs: 50 })).rejects.toMatchObject({
    code: "LOCK_TIMEOUT",
  });
  answers.resolve();
  await closed.promise;
  expect(told).toEqual(["answered", "closed"]);
});
