import { inspectMirror } from "../mismatch/inspect-mirror.ts";
import type { RepairPorts } from "../mismatch/repair-options.ts";
import { repairUnit } from "../mismatch/repair.ts";
import { stages, stepFrom } from "../stage/stages.ts";
import { StoreEpochs } from "../unit/store-epoch.ts";
import type { Unit } from "../unit/unit.ts";
import { verifyUnit } from "../verify/verify-unit.ts";
import { backfillUnit } from "./backfill-unit.ts";
import type { ActionOptions } from "./operator-options.ts";

/** How a way back is prepared. */
export interface PrepareOptions extends Pick<ActionOptions, "signal" | "force"> {
  readonly actor: string;
  /** How long others are waited for who change the mirror, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Compares both stores of a unit before its way back, and makes the mirror equal where it differs
 * without a mark: what somebody wrote to the store in charge past this library comes along.
 */
export async function prepareReverse(
  ports: RepairPorts,
  unit: Unit,
  { signal, force = false, actor, timeoutMs }: PrepareOptions,
): Promise<void> {
  const { control, registry } = ports;
  await new StoreEpochs(ports).check(unit);
  const { stage, backfilled } = registry.of(await registry.look(), unit).record;
  const { mirror } = stages[stage];
  if (stepFrom(stage, "reverse") === undefined || mirror === undefined || !backfilled) return;
  const bypassed = await inspectMirror(ports, unit, { timeoutMs, signal });
  // The change of stage refuses then, and says what to do.
  if (bypassed.length > 0 || force) return;
  const { collections } = await control.count(unit.name);
  // What is still to be copied as a whole cannot be compared, and nobody else may be copying it.
  if (collections.length > 0) await backfillUnit(ports, unit, { signal, actor });
  const { differences } = await verifyUnit(ports, unit, { signal, actor });
  if (differences > 0) await repairUnit(ports, unit, { signal, actor });
}
