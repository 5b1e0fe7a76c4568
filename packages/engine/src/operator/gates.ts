import { StorageError, type ControlStore } from "@cutover/core";
import { bypassedCollections } from "../drain/mirror-stamp.ts";
import { isOpen, mismatchesOf } from "../mismatch/mismatch-book.ts";
import type { StageAction } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";

/** Why a unit cannot take its next step. */
export interface GateBlocker {
  /** `backfill`, `dirty`, `unverified`, `stale-verification`, `differences`, `mismatches`, `bypassed`, `reverse-window`. */
  readonly code: string;
  readonly message: string;
  /** The verb that removes it, if one does: `backfill`, `verify`, `repair`, `mismatches`. */
  readonly remedy?: string;
}

/** What the gates look at. */
export interface GatePorts {
  readonly control: ControlStore;
  /** The present, in milliseconds since 1970. */
  readonly clock: () => number;
  /** A verification older than this does not open the gate, in milliseconds. */
  readonly freshMs: number;
}

type Gate = (ports: GatePorts, record: UnitRecord) => Promise<GateBlocker[]>;

async function backfillGate(_ports: GatePorts, { backfilled }: UnitRecord): Promise<GateBlocker[]> {
  if (backfilled) return [];
  return [{ code: "backfill", message: "not everything was copied yet", remedy: "backfill" }];
}

function ageOf({ clock }: GatePorts, at: string): number {
  return clock() - Date.parse(at);
}

async function verificationGate(ports: GatePorts, record: UnitRecord): Promise<GateBlocker[]> {
  const { verification, epoch } = record;
  if (verification === undefined || verification.epoch !== epoch) {
    return [
      {
        code: "unverified",
        message: "the two stores were not compared since it came to this stage",
        remedy: "verify",
      },
    ];
  }
  if (verification.differences > 0) {
    const { differences } = verification;
    const count = `${differences} difference${differences === 1 ? "" : "s"}`;
    const message = `the last comparison found ${count}`;
    // Once all were decided, or are no more, only another comparison can say so.
    const isAnyOpen = (await mismatchesOf(ports.control, record.unit)).some(isOpen);
    return [{ code: "differences", message, remedy: isAnyOpen ? "repair" : "verify" }];
  }
  const ageMs = ageOf(ports, verification.at);
  // A clock that went back proves nothing about the age.
  if (ageMs >= 0 && ageMs <= ports.freshMs) return [];
  const message = `the last comparison, of ${verification.at}, is not fresh any more`;
  return [{ code: "stale-verification", message, remedy: "verify" }];
}

async function mismatchGate({ control }: GatePorts, { unit }: UnitRecord): Promise<GateBlocker[]> {
  const open = (await mismatchesOf(control, unit)).filter(isOpen).length;
  if (open === 0) return [];
  const message = `${open} mismatch${open === 1 ? " is" : "es are"} open`;
  return [{ code: "mismatches", message, remedy: "mismatches" }];
}

async function bypassGate({ control }: GatePorts, { unit }: UnitRecord): Promise<GateBlocker[]> {
  const collections = await bypassedCollections({ control, unit });
  if (collections.length === 0) return [];
  const message = `somebody else wrote to the mirror (${collections.join(", ")}): decide with --discard or --adopt`;
  return [{ code: "bypassed", message, remedy: "repair" }];
}

async function windowGate(ports: GatePorts, { reverseUntil }: UnitRecord): Promise<GateBlocker[]> {
  if (reverseUntil === undefined || ports.clock() >= Date.parse(reverseUntil)) return [];
  return [{ code: "reverse-window", message: `the reverse window is open until ${reverseUntil}` }];
}

const gates: Readonly<Partial<Record<StageAction, readonly Gate[]>>> = {
  advance: [backfillGate],
  switch: [backfillGate, bypassGate, verificationGate, mismatchGate],
  reverse: [bypassGate],
  // The time to go back must not run while the old store still has to be copied anew.
  "ramp down": [backfillGate],
  complete: [windowGate],
};

/** What keeps a unit from an action, all of it. */
export async function blockersOf(
  ports: GatePorts,
  record: UnitRecord,
  action: StageAction,
): Promise<GateBlocker[]> {
  const found: GateBlocker[] = [];
  for (const gate of gates[action] ?? []) found.push(...(await gate(ports, record)));
  return found;
}

/** Refuses with all that blocks. @throws StorageError STAGE_REFUSED */
export async function checkGate(
  ports: GatePorts,
  record: UnitRecord,
  action: StageAction,
): Promise<void> {
  const blockers = await blockersOf(ports, record, action);
  if (blockers.length === 0) return;
  const remedy = blockers.find((blocker) => blocker.remedy !== undefined)?.remedy;
  throw new StorageError(
    "STAGE_REFUSED",
    `unit "${record.unit}" cannot ${action}: ${blockers.map(({ message }) => message).join("; ")}`,
    {
      backend: "cutover",
      ...(remedy === undefined ? {} : { nextCommand: `cutover ${remedy} --unit ${record.unit}` }),
    },
  );
}
