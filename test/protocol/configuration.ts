import type { Operation } from "./operation.ts";
import type { Stage, StageChange } from "./stage.ts";
import type { Store } from "./store.ts";

/** A world to be explored: who takes part, what they may do, and what may go wrong. */
export interface Configuration {
  readonly name: string;
  /** What it is meant to show. */
  readonly about: string;
  readonly stage: Stage;
  readonly old: Store;
  readonly new: Store;
  /** Any of them may be chosen each time a writer begins. */
  readonly operations: readonly Operation[];
  /** What each writer does, one after the other, instead of choosing. */
  readonly scripts?: readonly (readonly Operation[])[];
  /** How many operations each writer may begin. */
  readonly writers: readonly number[];
  readonly reads: number;
  readonly drains: number;
  /** How many stage changes each operator may begin. */
  readonly operators: readonly number[];
  readonly changes: readonly StageChange[];
  readonly crashes: number;
  /** Failures of either store: with nothing done, or after having been done. */
  readonly failures: number;
  /** Scans read everything at their first step, instead of a record at each. */
  readonly snapshots: boolean;
}
