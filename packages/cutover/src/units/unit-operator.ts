import type { GatePorts, Operator } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import type { UnitStores } from "./unit-stores.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** What the gates in front of changes look at. */
export function gatePorts(
  { control }: Pick<UnitStores, "control">,
  { freshMinutes = 60 }: CutoverSettings = {},
): GatePorts {
  return { control, clock: Date.now, freshMs: freshMinutes * minuteMs };
}

/** Whoever moves units of open stores, by the config's settings. @param actor who it is, for the log */
export async function operatorOf(
  stores: UnitStores,
  settings: CutoverSettings = {},
  by: { readonly actor: string; readonly clock?: () => number } = { actor: "operator" },
): Promise<Operator> {
  const engine = await import("@cutover/engine");
  const { freshMinutes, reverseWindowDays, switchDeadlineMs, mostDirty } = settings;
  return new engine.Operator({
    old: stores.old,
    new: stores.new,
    control: stores.control,
    units: stores.units,
    ...by,
    ...(freshMinutes === undefined ? {} : { freshMs: freshMinutes * minuteMs }),
    ...(reverseWindowDays === undefined ? {} : { reverseWindowMs: reverseWindowDays * dayMs }),
    ...(switchDeadlineMs === undefined ? {} : { switchDeadlineMs }),
    ...(mostDirty === undefined ? {} : { mostDirty }),
  });
}
