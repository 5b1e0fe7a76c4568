import { StorageError } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import { isReversible, type StageAction } from "./stages.ts";

/** The unit is not where the action begins. */
export function noSuchStep({ unit, stage, epoch }: UnitRecord, action: StageAction): StorageError {
  const way = isReversible(stage) ? "" : ". The old store is retired: only a new hop leads back";
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${unit}" is at ${stage} (epoch ${epoch}), from where there is no ${action}${way}`,
    { backend: "cutover", nextCommand: "cutover status" },
  );
}

/** What is in the mirror is not what this library left there. */
export function wasBypassed({ name }: Unit, collections: readonly string[]): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `somebody else wrote to the mirror of unit "${name}" (${collections.join(", ")}); nothing was ` +
      "changed. Compare, then decide whether the store in charge is right or the mirror is",
    { backend: "cutover", nextCommand: `cutover verify --unit ${name}` },
  );
}

/** The mirror is too far behind for a switch to begin. */
export function tooDirty({ name }: Unit, keys: number): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${name}" has ${keys} records that its mirror does not have yet, and does not get fewer; ` +
      "nothing was changed. See `cutover status` for what holds the mirror up",
    { backend: "cutover", nextCommand: "cutover status" },
  );
}

/** Writers would have had to be held off for longer than was promised. */
export function tooLate({ name }: Unit, deadlineMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `unit "${name}" could not be changed within ${deadlineMs} ms: its writers or its mirror took ` +
      "too long; nothing was changed",
    { backend: "cutover", nextCommand: "cutover status" },
  );
}

/** A store hangs, before anybody was held off. */
export function silent({ name }: Unit, silentMs: number): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `a store of unit "${name}" has not answered for ${Math.round(silentMs)} ms; nothing was changed. ` +
      "Writers go on; what the mirror lacks is marked",
    { backend: "cutover", nextCommand: "cutover status" },
  );
}
