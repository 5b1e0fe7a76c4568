import { setTimeout as sleep } from "node:timers/promises";
import { stages, type Stage } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";

/** What somebody, such as a feature flag, wants a unit to be at. It decides nothing. */
export interface AskedStage {
  readonly asked: Stage | undefined;
  /** Why nothing can be said of it; undefined: it was asked, and answered. */
  readonly askedTrouble: string | undefined;
}

/** A flag service that does not answer keeps nobody from seeing how a unit stands. Milliseconds. */
const patienceMs = 2000;

const late = Symbol("late");

const isStage = (value: unknown): value is Stage =>
  typeof value === "string" && Object.hasOwn(stages, value);

/** Asks the config's `stageRequest`. Never throws. */
export async function askedStage(
  unit: string,
  settings: CutoverSettings | undefined,
): Promise<AskedStage> {
  const request = settings?.stageRequest;
  if (request === undefined) return { asked: undefined, askedTrouble: undefined };
  const end = new AbortController();
  try {
    const timer = sleep(patienceMs, late, { signal: end.signal });
    timer.catch(() => undefined);
    // What a feature flag answers comes from outside, whatever its type says.
    const asked: unknown = await Promise.race([request(unit), timer]);
    if (asked === undefined || isStage(asked)) return { asked, askedTrouble: undefined };
    const what =
      asked === late
        ? `did not answer within ${patienceMs / 1000} s`
        : `answered ${JSON.stringify(asked)}, which is no stage`;
    return { asked: undefined, askedTrouble: `stageRequest ${what}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { asked: undefined, askedTrouble: `stageRequest failed: ${why}` };
  } finally {
    end.abort();
  }
}
