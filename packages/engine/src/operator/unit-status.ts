import { stages, type StageAction } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import { blockersOf, type GateBlocker, type GatePorts } from "./gates.ts";

/** How a unit stands. */
export interface UnitStatus {
  readonly unit: string;
  readonly record: UnitRecord;
  /** Records that may differ between the two stores. */
  readonly dirty: number;
  /** Collections of which everything may differ. */
  readonly uncopied: readonly string[];
  /** Since when the oldest of them may differ; undefined when none. ISO 8601, UTC. */
  readonly dirtySince: string | undefined;
  /** The next action on the way, undefined at its end, and what blocks it. */
  readonly next: StageAction | undefined;
  readonly blockedBy: readonly GateBlocker[];
}

const nextActions = {
  off: "start",
  dualwrite: "advance",
  shadow: "switch",
  live: "ramp down",
  rampdown: "complete",
  complete: undefined,
} as const;

/** How the unit of a record stands, and what its next step waits for. */
export async function statusOf(ports: GatePorts, record: UnitRecord): Promise<UnitStatus> {
  const { unit, stage } = record;
  const { keys, collections, oldestMs } = await ports.control.count(unit);
  const isMirrored = stages[stage].mirror !== undefined;
  const next = nextActions[stage];
  return {
    unit,
    record,
    dirty: isMirrored ? keys : 0,
    uncopied: isMirrored ? collections : [],
    dirtySince: isMirrored && oldestMs !== undefined ? new Date(oldestMs).toISOString() : undefined,
    next,
    blockedBy: next === undefined ? [] : await blockersOf(ports, record, next),
  };
}
