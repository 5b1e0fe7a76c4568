import { explainViolation } from "./check/explain-violation.ts";
import { operationsOf, type Operation } from "./check/operation.ts";
import { partsOf } from "./check/part.ts";
import { searchPart } from "./check/search-part.ts";
import { shrinkPart } from "./check/shrink-part.ts";
import type { HistoryEvent } from "./history-event.ts";

/** What `checkLinearizable` accepts. */
export interface CheckOptions {
  /** A part of the history that needs more at one moment is undecided. Default: 200,000. */
  readonly maxConfigurations?: number;
}

/** Records on which a history is not linearizable. */
export interface Violation {
  /** Such as `assets/k7`; several where transactions tie them together. */
  readonly records: readonly string[];
  /** The fewest operations found that cannot be put in an order. */
  readonly operations: readonly Operation[];
  /** The same for people. */
  readonly explanation: string;
}

/** What was found out about a history. */
export interface Linearizability {
  /** True only when every part was decided and none is violated. */
  readonly linearizable: boolean;
  readonly violations: readonly Violation[];
  /** Records of parts that took too many configurations to decide. */
  readonly undecided: readonly (readonly string[])[];
  /** Operations looked at; failed ones do not count. */
  readonly operations: number;
  /** How many of them had an unknown outcome. */
  readonly unknown: number;
}

/**
 * Checks that every operation seems to have happened at one moment between its invoke and its
 * outcome, in one order, on records that were absent at first. Records are checked apart, but for
 * those that operations on up to four records tie together: these are checked as one.
 * What a pass does not prove: that an operation on more records, or on a whole collection, took
 * effect on all of them at one moment; anything about the order of records.
 */
export function checkLinearizable(
  history: readonly HistoryEvent[],
  options: CheckOptions = {},
): Linearizability {
  const maxConfigurations = options.maxConfigurations ?? 200_000;
  const { operations, failed } = operationsOf(history);
  const violations: Violation[] = [];
  const undecided: (readonly string[])[] = [];
  for (const part of partsOf(operations)) {
    const result = searchPart(part, maxConfigurations);
    if (result.verdict === "undecided") undecided.push(part.registers);
    if (result.verdict !== "violated") continue;
    const small = shrinkPart(part, result.deadEnd, maxConfigurations);
    violations.push({
      records: part.registers,
      operations: small.part.operations.map(({ source }) => source),
      explanation: explainViolation(small, operations, failed),
    });
  }
  return {
    linearizable: violations.length === 0 && undecided.length === 0,
    violations,
    undecided,
    operations: operations.length,
    unknown: operations.filter(({ endNs }) => endNs === Infinity).length,
  };
}
