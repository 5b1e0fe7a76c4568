import type { Measure } from "../measure.ts";
import { allKinds } from "../stores/all-kinds.ts";
import { figure } from "../table.ts";

/** A ratio as speed: above 1 is quicker than the floor, whichever way the row puts it. */
export function speedOf({ form }: Measure, ratio: number): number {
  return form === "speed" ? ratio : 1 / ratio;
}

/** Whether a contestant promises less than ours does, which is what may make it quicker. */
export function promisesLess(name: string): boolean {
  if (name.includes("the app's")) return true;
  return allKinds.some((kind) => kind.caution !== undefined && name.startsWith(kind.name));
}

const microseconds = { µs: 1, ms: 1000, MB: Number.NaN };

/** A time in the unit that suits it; megabytes as they are. */
export function sayIn(unit: Measure["unit"]): (value: number) => string {
  if (unit === "MB") return (value) => `${figure(value)} MB`;
  return (value) => {
    const time = value * microseconds[unit];
    if (time < 1000) return `${figure(time)} µs`;
    return time < 1_000_000 ? `${figure(time / 1000)} ms` : `${figure(time / 1_000_000)} s`;
  };
}
