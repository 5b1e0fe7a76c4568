import type { LedgerEntry } from "./ledger.ts";

/** What a process of clients tells of itself every now and then, since it told last. */
export interface Progress {
  readonly type: "progress";
  readonly served: number;
  readonly writes: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly slowestMs: number;
  /** What went wrong first. */
  readonly trouble?: string | undefined;
}

/** What a process of clients hands over at its end. */
export interface Ended {
  readonly type: "ended";
  readonly entries: readonly LedgerEntry[];
  readonly counted: number;
}

export type Message = Progress | Ended;
