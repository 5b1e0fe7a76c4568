/** What an operation did to one record, or to all of a collection. Values are names of writes. */
export interface HistoryStep {
  readonly collection: string;
  /** Absent: every record of the collection. Such a step only ever removes. */
  readonly key?: string;
  /** The write that was read; null when the record was found absent. */
  readonly saw?: string | null;
  /** Whether there was such a record, where no more than that was learnt. */
  readonly existed?: boolean;
  /** The write that the record was left with; null when it was removed. */
  readonly left?: string | null;
}

/**
 * `ok`: it happened, between invoke and this. `fail`: it had no effect. `unknown`: it may take
 * effect at any time after its invoke, or never; so does one that has no second event at all.
 */
export type HistoryEventType = "invoke" | "ok" | "fail" | "unknown";

/** One line of a history. */
export interface HistoryEvent {
  /** Unique in a history. */
  readonly process: string;
  /** Unique in its process; an invoke and its outcome share it. */
  readonly id: number;
  readonly type: HistoryEventType;
  /** Name of the operation, for people; what is checked are the steps. */
  readonly op: string;
  /** Of an invoke: what it would do, should its outcome stay unknown. Of `ok`: what it did. */
  readonly steps: readonly HistoryStep[];
  /** Nanoseconds of the machine's monotonic clock: comparable among its processes, until it restarts. */
  readonly atNs: string;
  /** Code of the error, with `fail` and `unknown`. */
  readonly code?: string;
}
