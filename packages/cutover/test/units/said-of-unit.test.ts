import type { EpochMark, Stage } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { toldStage } from "../../src/units/said-of-unit.ts";

const mark = (epoch: number, stage: Stage | undefined, incarnation = "mine"): EpochMark => ({
  incarnation,
  epoch,
  stage,
  isMoving: stage !== "off",
});
const told = (old: EpochMark | undefined, successor: EpochMark | undefined): unknown =>
  toldStage({ old, new: successor, control: "mine" });

describe("what both stores say of a unit", () => {
  it.each([
    ["nothing: it never moved", undefined, undefined, "off", 0],
    ["the same", mark(4, "live"), mark(4, "live"), "live", 4],
    ["the old one lags behind", mark(3, "shadow"), mark(4, "live"), "live", 4],
    ["the new one lags behind", mark(5, "shadow"), mark(4, "live"), "shadow", 5],
    ["the new one was never copied to", mark(1, "dualwrite"), undefined, "dualwrite", 1],
    ["it was cancelled", mark(3, "off"), mark(3, "off"), "off", 3],
    ["left by another move that is over", mark(2, "live"), mark(7, "off", "theirs"), "live", 2],
  ] as const)("%s", (_what, old, successor, stage, epoch) => {
    expect(told(old, successor)).toEqual({ stage, epoch });
  });

  it.each([
    [
      "by different control stores",
      mark(4, "live"),
      mark(4, "live", "theirs"),
      "different control",
    ],
    ["another than the folder's", mark(4, "live", "theirs"), undefined, "different control"],
    ["of one epoch, and contradictory", mark(4, "live"), mark(4, "shadow"), "something else"],
    ["by an older version", mark(4, undefined), mark(4, undefined), "older version"],
    ["by all but the one in charge", mark(4, "live"), undefined, "knows nothing of it"],
  ] as const)("is in doubt: %s", (_what, old, successor, words) => {
    expect(told(old, successor)).toEqual({ epoch: 4, doubt: expect.stringContaining(words) });
  });

  it.each([
    ["none", mark(4, "live", "lost"), mark(4, "live", "lost"), "lost", "live"],
    [
      "none, and no record named what was lost",
      mark(3, "shadow", "lost"),
      mark(4, "live", "lost"),
      undefined,
      "live",
    ],
    ["one", mark(5, "live"), mark(4, "live", "lost"), "lost", "live"],
    [
      "one, after an operator had decided",
      mark(5, "dualwrite"),
      mark(4, "live", "lost"),
      "lost",
      "dualwrite",
    ],
    ["both", mark(5, "live"), mark(5, "live"), "lost", "live"],
    ["none, as it was off", mark(4, "off", "lost"), undefined, "lost", "off"],
  ] as const)(
    "counts after a rebuild that died when it had signed %s",
    (_what, old, successor, former, stage) => {
      const said = { old, new: successor, control: "mine", unfinished: { former } };
      expect(toldStage(said)).toMatchObject({ stage });
    },
  );

  it.each([
    ["one of a third control store", mark(5, "live"), mark(4, "live", "theirs"), "lost"],
    ["two of others", mark(5, "live", "lost"), mark(4, "live", "theirs"), undefined],
  ] as const)("is in doubt after a rebuild that died: %s", (_what, old, successor, former) => {
    const said = { old, new: successor, control: "mine", unfinished: { former } };
    expect(toldStage(said).doubt).toContain("different control stores");
  });
});
