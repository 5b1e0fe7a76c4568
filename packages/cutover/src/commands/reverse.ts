import type { CliCommand } from "./command.ts";
import { stageCommand } from "./stage-verb.ts";

/** `cutover reverse`: puts the old store back in charge, with everything written since. */
export const reverseCommand: CliCommand = stageCommand({
  name: "reverse",
  description: "put the old store back in charge, with everything that was written since",
  actions: { live: "reverse", rampdown: "reverse" },
  fallback: "reverse",
  isGated: true,
  nextVerb: undefined,
});
