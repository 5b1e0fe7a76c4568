import { whileEnding } from "../units/record-move.ts";
import type { CliCommand } from "./command.ts";
import { isAllOff } from "./is-all-off.ts";
import { stageCommand } from "./stage-verb.ts";
import { actorOf } from "./unit-flags.ts";
import { finished } from "./unit-outcome.ts";

/** `cutover cancel`: the old store goes on alone. */
export const cancelCommand: CliCommand = stageCommand({
  name: "cancel",
  description: "stop moving units: their old store goes on alone, the copy is left as it is",
  actions: { dualwrite: "cancel", shadow: "cancel" },
  fallback: "cancel",
  isGated: false,
  mayLackDatabase: true,
  nextVerb: "start",
  around: ({ target, operator, flags, session, chosen }, work) =>
    whileEnding(target, { actor: actorOf(flags), signal: session.signal }, async () => {
      // A command died before the folder's record said so: that is done now, and nothing refused.
      const wasAllOff = await isAllOff(operator);
      const left = new Set(wasAllOff ? chosen.map(({ name }) => name) : []);
      const result = finished(await work(), left);
      return { result, isAllOff: await isAllOff(operator) };
    }),
});
