import type { ControlStore } from "@cutover/core";
import { odd, type Ailment } from "./ailment.ts";
import type { ProjectUnit } from "./unit-plan.ts";

/** Marks whose writer has not ended for so long are of a process that died. */
const orphanMs = 10_000;

/** What is odd about the marks of a unit that keeps a second store. */
export async function marksOf(control: ControlStore, unit: ProjectUnit): Promise<Ailment[]> {
  const { writing, oldestMs } = await control.count(unit.name);
  if (writing === 0 || oldestMs === undefined || Date.now() - oldestMs < orphanMs) return [];
  const what = `${writing} writes to unit "${unit.name}" were begun and not ended: their process died`;
  return [
    odd("orphaned-marks", `${what}. The next verify settles them`, `verify --unit ${unit.name}`),
  ];
}

/** What is odd about those of one that does not. */
export async function strayMarks(control: ControlStore, unit: ProjectUnit): Promise<Ailment[]> {
  const { keys, collections } = await control.count(unit.name);
  if (keys === 0 && collections.length === 0) return [];
  const what = `unit "${unit.name}" has marks though it keeps no second store`;
  return [
    odd("stray-marks", `${what}; they do no harm, and are taken up when it is started again`),
  ];
}
