import {
  Operator,
  type AtFailpoint,
  type RepairReport,
  type StageAction,
  type VerificationReport,
} from "@cutover/engine";
import { unit, type Stores } from "./subject.ts";

/** What an operator does. */
export type Action = StageAction | "backfill" | "verify" | "repair";

/** An operator of opened stores; windows are over at once, gates are otherwise as they are. */
export function operatorOf(stores: Stores, at?: AtFailpoint): Operator {
  const { old, new: successor, control } = stores;
  return new Operator({
    old,
    new: successor,
    control,
    at,
    units: [unit],
    reverseWindowMs: 0,
    // Nobody's mirror is kept up while a process refuses to drain, and the machine may be slow.
    mostDirty: 100_000,
    switchDeadlineMs: 20_000,
  });
}

/** Records that nobody drains are given up soon: they are not what is looked at here. */
const patience = { looks: 3, firstMs: 1, longestMs: 5 };

/** Compares both stores and records the result. */
export function verify(stores: Stores, at?: AtFailpoint): Promise<VerificationReport> {
  return operatorOf(stores, at).verify(unit, { patience });
}

/** Compares both stores, and makes equal what differs. */
export async function repair(stores: Stores, at?: AtFailpoint): Promise<RepairReport> {
  await verify(stores);
  return operatorOf(stores, at).repair(unit, { patience });
}

/** Has the control store forget which records may differ. No process may be writing. */
export async function loseMarks({ control }: Stores): Promise<void> {
  await control.settleOrphans(unit.name);
  await control.clear(unit.name, await control.marks(unit.name, Number.MAX_SAFE_INTEGER));
}

const methods = {
  start: "start",
  advance: "advance",
  switch: "switch",
  reverse: "reverse",
  "ramp down": "rampDown",
  complete: "complete",
  "step back": "stepBack",
  cancel: "cancel",
  backfill: "backfill",
} as const satisfies Record<StageAction | "backfill", keyof Operator>;

/** Takes an action. */
export async function act(stores: Stores, action: Action, at?: AtFailpoint): Promise<void> {
  if (action === "verify") await verify(stores, at);
  else if (action === "repair") await repair(stores, at);
  else await operatorOf(stores, at)[methods[action]](unit);
}
