import type { HistoryEvent, HistoryStep } from "./history-event.ts";

/** An operation as a test writes it down; times are milliseconds. */
export interface ScriptedOperation {
  readonly process: string;
  readonly op: string;
  readonly from: number;
  /** Absent: it never returned. */
  readonly to?: number;
  /** Default: `ok`. */
  readonly outcome?: "ok" | "fail" | "unknown";
  readonly steps: readonly HistoryStep[];
}

const atNs = (milliseconds: number): string => String(BigInt(Math.round(milliseconds * 1e6)));

/** Writes the history of given operations. */
export function historyOf(operations: readonly ScriptedOperation[]): HistoryEvent[] {
  return operations.flatMap(({ process, op, from, to, outcome = "ok", steps }, id) => {
    const invoke: HistoryEvent = { process, id, type: "invoke", op, steps, atNs: atNs(from) };
    if (to === undefined) return [invoke];
    return [invoke, { process, id, type: outcome, op, steps, atNs: atNs(to) }];
  });
}
