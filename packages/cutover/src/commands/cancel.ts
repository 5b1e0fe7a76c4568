import type { Operator } from "@cutover/engine";
import { whileEnding } from "../units/record-move.ts";
import type { CliCommand } from "./command.ts";
import { stageCommand } from "./stage-verb.ts";
import { actorOf } from "./unit-flags.ts";

/** Whether no unit moves any more. */
export async function isAllOff(operator: Operator): Promise<boolean> {
  for (const unit of operator.units.all()) {
    if ((await operator.record(unit)).stage !== "off") return false;
  }
  return true;
}

/** `cutover cancel`: the old store goes on alone. */
export const cancelCommand: CliCommand = stageCommand({
  name: "cancel",
  description: "stop moving units: their old store goes on alone, the copy is left as it is",
  actions: { dualwrite: "cancel", shadow: "cancel" },
  fallback: "cancel",
  isGated: false,
  mayLackDatabase: true,
  nextVerb: "start",
  around: ({ target, operator, flags, session }, work) =>
    whileEnding(target, { actor: actorOf(flags), signal: session.signal }, async () => {
      const result = await work();
      return { result, isAllOff: await isAllOff(operator) };
    }),
});
