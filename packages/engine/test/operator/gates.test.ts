import type { Operator, OperatorOptions } from "@cutover/engine";
import { expect, it } from "vitest";
import { items, TwoStores, unit, walk } from "../backend/two-stores.ts";

const hourMs = 3_600_000;

/** A hop whose operator's clock can be set, with one record copied. */
async function scene(options: Partial<OperatorOptions> = {}): Promise<{
  hop: TwoStores;
  operator: Operator;
  move: (ms: number) => void;
}> {
  let nowMs = Date.parse("2026-03-01T12:00:00.000Z");
  const hop = await TwoStores.make();
  const app = await hop.app();
  await app.collection(items).put("a", { n: 1 });
  const operator = await hop.operator({ clock: () => nowMs, freshMs: hourMs, ...options });
  return { hop, operator, move: (ms) => void (nowMs += ms) };
}

/** What status says, and what the action itself says, is one and the same. */
async function expectBlocked(
  operator: Operator,
  action: "advance" | "switch" | "complete",
  codes: readonly string[],
): Promise<void> {
  const { next, blockedBy } = await operator.status(unit);
  expect([next, blockedBy.map(({ code }) => code)]).toEqual([action, codes]);
  const before = await operator.record(unit);
  await expect(operator[action](unit)).rejects.toMatchObject({
    code: "STAGE_REFUSED",
    message: expect.stringContaining(blockedBy.map(({ message }) => message).join("; ")),
  });
  expect(await operator.record(unit)).toEqual(before);
}

it("nothing is compared before everything was copied", async () => {
  const { hop, operator } = await scene();
  await using _closed = hop;
  await operator.start(unit);
  await expectBlocked(operator, "advance", ["backfill"]);
  await operator.backfill(unit);
  await operator.advance(unit);
  expect((await operator.record(unit)).stage).toBe("shadow");
});

it("a switch wants a comparison under this very epoch, clean and fresh", async () => {
  const { hop, operator, move } = await scene();
  await using _closed = hop;
  await walk(operator, "shadow");
  await hop.drained();
  await expectBlocked(operator, "switch", ["unverified"]);
  await operator.verify(unit);
  move(hourMs + 1);
  await expectBlocked(operator, "switch", ["stale-verification"]);
  move(-2 * hourMs);
  await expectBlocked(operator, "switch", ["stale-verification"]);
  move(hourMs);
  await operator.stepBack(unit);
  await operator.advance(unit);
  await expectBlocked(operator, "switch", ["unverified"]);
  await operator.verify(unit);
  await operator.switch(unit);
  expect((await operator.record(unit)).stage).toBe("live");
});

it("a difference closes the way until it is repaired, and a comparison after that is clean", async () => {
  const { hop, operator } = await scene();
  await using _closed = hop;
  await walk(operator, "shadow");
  await hop.drained();
  await hop.new.backend.collection(items).put("a", { n: 2 });
  await operator.verify(unit);
  await expectBlocked(operator, "switch", ["differences", "mismatches"]);
  await operator.repair(unit);
  // A repair is an attempt at a comparison, not one.
  await expectBlocked(operator, "switch", ["differences"]);
  expect(await operator.verify(unit)).toMatchObject({ isClean: true });
  await operator.switch(unit);
});

it("the old store is not given up before its window has passed", async () => {
  const { hop, operator, move } = await scene({ reverseWindowMs: 2 * hourMs });
  await using _closed = hop;
  await walk(operator, "rampdown");
  await expectBlocked(operator, "complete", ["reverse-window"]);
  move(2 * hourMs - 1);
  await expectBlocked(operator, "complete", ["reverse-window"]);
  move(1);
  await operator.complete(unit);
  expect((await operator.record(unit)).stage).toBe("complete");
});

it("a gate that is forced says in the log what it was told to ignore, and why", async () => {
  const { hop, operator } = await scene();
  await using _closed = hop;
  await walk(operator, "shadow");
  const unexplained = { code: "CONFIG_INVALID", message: expect.stringContaining("--reason") };
  for (const reason of [undefined, "", "  "])
    await expect(operator.switch(unit, { force: true, reason })).rejects.toMatchObject(unexplained);
  expect((await operator.record(unit)).stage).toBe("shadow");
  const { blockedBy } = await operator.status(unit);
  await operator.switch(unit, { force: true, reason: "we know" });
  const [row] = await operator.log(1);
  expect(row).toMatchObject({
    action: "switch",
    details: { reason: "we know", forced: blockedBy.map(({ message }) => message) },
  });
});
