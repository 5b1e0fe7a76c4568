import type { Client } from "@openfeature/server-sdk";
import type { CutoverSettings } from "cutover";

type StageRequest = NonNullable<CutoverSettings["stageRequest"]>;
type WantedStage = Awaited<ReturnType<StageRequest>>;

const wanted: ReadonlyMap<string, WantedStage> = new Map([
  ["off", "off"],
  ["dualwrite", "dualwrite"],
  ["shadow", "shadow"],
  ["live", "live"],
  ["rampdown", "rampdown"],
  ["complete", "complete"],
]);

/**
 * Lets a feature flag ask for stages: `cutover-stage`, a text, evaluated for each unit. It is shown
 * by `cutover status` beside the stage that the unit has. It moves nothing: commands do, and the
 * control record alone decides, so that two processes whose flags differ still read and write the
 * same store.
 */
export function stageRequest(flags: Pick<Client, "getStringValue">): StageRequest {
  return async (unit) => {
    const stage = await flags.getStringValue("cutover-stage", "", { targetingKey: unit });
    return wanted.get(stage);
  };
}
