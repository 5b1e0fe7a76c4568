/** One step of a transaction on lists; every appended value is unique in a history. */
export type AppendOperation =
  | { readonly kind: "append"; readonly key: string; readonly value: number }
  | { readonly kind: "read"; readonly key: string; readonly values: readonly number[] };

/**
 * A transaction as its client knows it. `ok`: it happened between its invocation and its
 * completion. `fail`: it had no effect. `unknown`: it may take effect at any time after its
 * invocation, or never; its operations are what it would have appended.
 */
export interface AppendTransaction {
  /** Unique in a history. */
  readonly id: string;
  readonly outcome: "ok" | "fail" | "unknown";
  readonly operations: readonly AppendOperation[];
  /** Nanoseconds of a clock that all clients share. */
  readonly invokedNs: bigint;
  /** Undefined for an outcome that nobody learnt. */
  readonly completedNs: bigint | undefined;
}
