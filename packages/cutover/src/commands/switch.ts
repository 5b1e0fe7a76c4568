import type { CliCommand } from "./command.ts";
import { stageCommand } from "./stage-verb.ts";

/** `cutover switch`: puts the new store in charge, and keeps the old one equal to it. */
export const switchCommand: CliCommand = stageCommand({
  name: "switch",
  description: "put the new store in charge; the old one is kept equal to it",
  actions: { shadow: "switch" },
  fallback: "switch",
  isGated: true,
  nextVerb: "complete",
});
