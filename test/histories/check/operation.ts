import type { HistoryEvent, HistoryStep } from "../history-event.ts";

/** An operation of a history that happened or may have happened. */
export interface Operation {
  /** Such as `writer-2#17`. */
  readonly name: string;
  readonly op: string;
  readonly steps: readonly HistoryStep[];
  /** Nanoseconds since the history's first event. */
  readonly startNs: number;
  /** Infinity: its outcome is unknown, and it may take effect at any time from its start, or never. */
  readonly endNs: number;
}

/** A history, as operations. */
export interface Operations {
  readonly operations: readonly Operation[];
  /** Those that promised to have had no effect: name → what they would have written. */
  readonly failed: readonly Operation[];
}

/** Pairs a history's invokes with their outcomes. */
export function operationsOf(history: readonly HistoryEvent[]): Operations {
  const clock = clockOf(history);
  const outcomes = new Map<string, HistoryEvent>();
  for (const event of history) {
    if (event.type === "invoke") continue;
    const name = `${event.process}#${event.id}`;
    if (outcomes.has(name)) throw new Error(`${name} has two outcomes`);
    outcomes.set(name, event);
  }
  const operations: Operation[] = [];
  const failed: Operation[] = [];
  for (const invoke of history) {
    if (invoke.type !== "invoke") continue;
    const name = `${invoke.process}#${invoke.id}`;
    const outcome = outcomes.get(name);
    outcomes.delete(name);
    const happened = outcome?.type === "ok";
    const operation: Operation = {
      name,
      op: invoke.op,
      steps: happened ? outcome.steps : invoke.steps,
      startNs: clock(invoke),
      endNs: happened ? clock(outcome) : Infinity,
    };
    (outcome?.type === "fail" ? failed : operations).push(operation);
  }
  const [orphan] = outcomes.keys();
  if (orphan !== undefined) throw new Error(`${orphan} has an outcome and was never invoked`);
  return { operations, failed };
}

/** Numbers relative to the first event are exact for 104 days, whatever the machine's uptime. */
function clockOf(history: readonly HistoryEvent[]): (event: HistoryEvent) => number {
  let first: bigint | undefined;
  for (const { atNs } of history) {
    const at = BigInt(atNs);
    if (first === undefined || at < first) first = at;
  }
  const origin = first ?? 0n;
  return ({ atNs }) => Number(BigInt(atNs) - origin);
}
