import type { HistoryEvent } from "../../histories/history-event.ts";

/** What a history tells beside the order of its operations. */
export interface HistoryFigures {
  /** Calls that were answered, refusals included. */
  readonly served: number;
  /** Calls that ended with an error nobody asked for. */
  readonly failed: number;
  /** Calls that their process was killed in. */
  readonly cutOff: number;
  readonly longestMs: number;
}

/** Adds up calls of all processes, killed ones included. */
export function figuresOf(history: readonly HistoryEvent[]): HistoryFigures {
  const begun = new Map<string, bigint>();
  let [served, failed, longestMs] = [0, 0, 0];
  for (const { process, id, type, atNs, code } of history) {
    const call = `${process}#${id}`;
    const startNs = begun.get(call);
    if (type === "invoke") begun.set(call, BigInt(atNs));
    else if (startNs !== undefined) {
      begun.delete(call);
      longestMs = Math.max(longestMs, Number(BigInt(atNs) - startNs) / 1e6);
      if (type === "ok" || code === "TAKEN_BACK") served++;
      else failed++;
    }
  }
  return { served, failed, cutOff: begun.size, longestMs };
}
