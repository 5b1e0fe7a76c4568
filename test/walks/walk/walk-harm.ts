import { checkLinearizable, type Linearizability } from "../../histories/check-linearizable.ts";
import type { HistoryEvent } from "../../histories/history-event.ts";
import type { LoadReport } from "../../histories/load/load-report.ts";

/** Why calls cannot be put in one order, or what took too much to decide. */
export interface Disorder extends Pick<Linearizability, "undecided"> {
  readonly violations: readonly string[];
}

/** What may come of a walk, and must not. */
export interface WalkHarm extends Disorder {
  /** What calls of processes that were not killed failed with. */
  readonly failures: readonly LoadReport["failures"][];
  /** How many calls failed, those of killed processes included. */
  readonly failed: number;
  /** How many differences were found, where a comparison found any. */
  readonly differences: readonly number[];
}

/** Every call has its place. */
export const noDisorder: Disorder = { violations: [], undecided: [] };

/** Nothing was lost, nothing failed and nothing differed. */
export const noHarm: WalkHarm = { ...noDisorder, failures: [], failed: 0, differences: [] };

/** Looks for an order in a history. */
export function disorderOf(history: readonly HistoryEvent[]): Disorder {
  const { violations, undecided } = checkLinearizable(history);
  return { violations: violations.map(({ explanation }) => explanation), undecided };
}
