import { isOpen } from "./mismatch-book.ts";
import type { Finding, Mismatch, MismatchKind } from "./mismatch.ts";

/** What is done about a mismatch. */
export type RepairAction =
  /** The mirror gets what the authority has, in its place. */
  | "copy"
  /** The authority gets what the mirror has. */
  | "adopt"
  /** The whole collection is compared, and made equal at the mirror. */
  | "reconcile"
  /** It is only looked at again. */
  | "look again"
  /** Nothing, before somebody has decided. */
  | "decide";

/** What is to be done about one mismatch. */
export interface RepairStep {
  readonly mismatch: Mismatch;
  readonly action: RepairAction;
}

/** What was decided of records that somebody else wrote to the mirror. */
export interface BypassDecision {
  /** What the authority has is right. Default: false. */
  readonly discard?: boolean;
  /** What the mirror has is right, and is written to the authority. Default: false. */
  readonly adopt?: boolean;
}

const usual: Readonly<Record<MismatchKind, RepairAction>> = {
  missing: "copy",
  extra: "copy",
  changed: "copy",
  moved: "copy",
  bypassed: "decide",
  error: "look again",
};

function actionFor({ kind, key }: Finding, { discard, adopt }: BypassDecision): RepairAction {
  if (kind === "bypassed" && discard === true) return key === undefined ? "reconcile" : "copy";
  if (kind === "bypassed" && adopt === true && key !== undefined) return "adopt";
  const action = usual[kind];
  return action === "copy" && key === undefined ? "reconcile" : action;
}

/**
 * What is to be done about open mismatches.
 * @param bypassed collections whose mirror somebody else has written to: all that differs there may
 *   be their doing
 */
export function repairPlan(
  mismatches: readonly Mismatch[],
  decision: BypassDecision,
  bypassed: ReadonlySet<string>,
): readonly RepairStep[] {
  return mismatches.filter(isOpen).map((mismatch) => {
    const isBypassed = bypassed.has(mismatch.collection) && mismatch.kind !== "error";
    const kind = isBypassed ? "bypassed" : mismatch.kind;
    return { mismatch, action: actionFor({ ...mismatch, kind }, decision) };
  });
}
