import type { Finding } from "../mismatch/mismatch.ts";
import type { Stage } from "../stage/stages.ts";

/** What a comparison of one collection found. */
export interface CollectionVerification {
  readonly collection: string;
  /** Records that were looked at, on either side. */
  readonly records: number;
  /** Of them, those that are equal on both sides and lie in the same place. */
  readonly same: number;
  /** Differences found, ignored ones not counted. */
  readonly differences: number;
  /** The first of them; the list is bounded, {@link differences} is not. */
  readonly findings: readonly Finding[];
  /** Differences that an operator decided to ignore, and that are still what they were then. */
  readonly ignored: number;
  /** Records that were being changed whenever they were looked at. */
  readonly unstable: number;
  readonly durationMs: number;
}

/** What a comparison of a unit's two stores found. */
export interface VerificationReport {
  readonly unit: string;
  readonly stage: Stage;
  /** The epoch that the comparison began under. */
  readonly epoch: number;
  /** When it ended. ISO 8601, UTC. */
  readonly at: string;
  readonly records: number;
  readonly same: number;
  readonly differences: number;
  readonly ignored: number;
  readonly unstable: number;
  readonly durationMs: number;
  readonly collections: readonly CollectionVerification[];
  /** Nothing differs. */
  readonly isClean: boolean;
  /** It was recorded, and gates go by it. False when the unit's stage was changed meanwhile. */
  readonly counts: boolean;
  /** Why it does not count. */
  readonly whyNot?: string;
}
