import type { Stage } from "@cutover/engine";

/** All stages, in the order of the way. */
export const order = [
  "off",
  "dualwrite",
  "shadow",
  "live",
  "rampdown",
  "complete",
] as const satisfies readonly Stage[];

const names: ReadonlySet<string> = new Set(order);

export function isStage(name: string): name is Stage {
  return names.has(name);
}
