import type { Stage } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { askedStage } from "../../src/units/asked-stage.ts";

const noStage: Stage = JSON.parse('"lvie"');

describe("the stage that the config asks for", () => {
  it("is told", async () => {
    const found = await askedStage("tags", { stageRequest: async (): Promise<Stage> => "live" });
    expect(found).toEqual({ asked: "live", askedTrouble: undefined });
    expect(await askedStage("tags", {})).toEqual({ asked: undefined, askedTrouble: undefined });
  });

  it.each([
    ["is no stage", () => noStage, '"lvie", which is no stage'],
    ["fails", () => Promise.reject(new Error("no network")), "no network"],
    ["never answers", () => new Promise<Stage>(() => {}), "did not answer"],
  ])("is told as trouble where it %s, and keeps nobody waiting", async (_what, request, words) => {
    const found = await askedStage("tags", { stageRequest: request });
    expect(found).toEqual({ asked: undefined, askedTrouble: expect.stringContaining(words) });
  });
});
