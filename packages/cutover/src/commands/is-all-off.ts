import type { Operator } from "@cutover/engine";

/** Whether no unit moves any more. */
export async function isAllOff(operator: Operator): Promise<boolean> {
  for (const unit of operator.units.all()) {
    if ((await operator.record(unit)).stage !== "off") return false;
  }
  return true;
}
