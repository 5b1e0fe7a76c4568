import type { AuditEntry } from "@cutover/core";
import { encodeUnit, recordName, type UnitRecord } from "../unit/unit-record.ts";
import type { Unit } from "../unit/unit.ts";
import { markWhole } from "../unit/whole-marks.ts";
import { noSuchStep } from "./refusals.ts";
import type { StageChange, StageChangeOptions, StagePorts } from "./stage-ports.ts";
import type { StageStep } from "./stages.ts";

/**
 * Writes a unit's new stage, one epoch on, with its row in the audit, in one commit. Whoever calls
 * it holds the unit's writers off.
 *
 * @throws StorageError STAGE_REFUSED where the unit is not where the step begins, or the gate
 *   refuses; VERSION_CONFLICT. Nothing is changed then.
 */
export async function commitStep(
  { registry, control, clock, at: reached }: StagePorts,
  unit: Unit,
  step: StageStep,
  options: StageChangeOptions,
): Promise<Pick<StageChange, "before" | "after">> {
  const { record: before, revision } = registry.of(await registry.look(), unit);
  if (before.stage !== step.from) throw noSuchStep(before, step.action);
  await options.gate?.(before);
  const after: UnitRecord = {
    ...before,
    stage: step.to,
    epoch: before.epoch + 1,
    since: new Date(clock()).toISOString(),
    ...(step.backfills ? { backfilled: false } : {}),
    ...options.changes?.(before),
  };
  // Marked before the stage is there: from its first moment on nothing differs unmarked.
  if (step.backfills) await markWhole(control, unit);
  await reached?.("stage/before-commit");
  const change = { name: recordName(unit.name), revision, value: encodeUnit(after) };
  await control.commit([change], [auditEntry(step, after, options)]);
  return { before, after };
}

function auditEntry(
  { action, from, to }: StageStep,
  { unit, epoch, since: at }: UnitRecord,
  { actor, reason, details }: StageChangeOptions,
): AuditEntry {
  const why = reason === undefined ? {} : { reason };
  return { at, action, unit, actor, details: { from, to, epoch, ...why, ...details } };
}
