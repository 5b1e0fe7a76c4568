import type { StorageBackend } from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import type { ComparisonOptions } from "../verify/sides.ts";
import type { VerifyPorts } from "../verify/verify-unit.ts";
import type { Mismatch } from "./mismatch.ts";
import type { BypassDecision, RepairStep } from "./repair-plan.ts";

/** What a repair works with. */
export interface RepairPorts extends VerifyPorts {
  readonly stores: Sides<StorageBackend>;
}

/** What a repair accepts. */
export interface RepairOptions extends ComparisonOptions, BypassDecision {
  /** Only tell what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Which mismatches to repair. Default: all open ones. */
  readonly only?: (mismatch: Mismatch) => boolean;
  /** How long to wait for others to stop draining, or for a store to answer, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Default: `operator`. */
  readonly actor?: string;
}

/** A mismatch that is left, and why. */
export interface LeftMismatch {
  readonly mismatch: Mismatch;
  readonly why: string;
}

/** What a repair did. */
export interface RepairReport {
  readonly unit: string;
  readonly steps: readonly RepairStep[];
  /** Mismatches that are no more. */
  readonly mended: readonly Mismatch[];
  /** Mismatches that are left, and why. */
  readonly left: readonly LeftMismatch[];
}
