import { whileEnding } from "../units/record-move.ts";
import type { CliCommand } from "./command.ts";
import { isAllOff } from "./is-all-off.ts";
import { stageCommand } from "./stage-verb.ts";
import { actorOf } from "./unit-flags.ts";

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
