import { createHash } from "node:crypto";

const wholes = 0x1_0000_0000;

/**
 * Where a unit stands in the row in which ramps take units up, from 0 to below 100. It depends on
 * the name alone, so that raising a ramp only ever adds units.
 */
export function rampPlace(unit: string): number {
  const digest = createHash("sha256").update(unit).digest();
  return (digest.readUInt32BE(0) / wholes) * 100;
}

/** Whether a ramp of so many percent takes a unit in. */
export function isOnRamp(unit: string, percent: number): boolean {
  return rampPlace(unit) < percent;
}
