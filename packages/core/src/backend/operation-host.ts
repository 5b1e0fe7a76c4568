import type { CallOptions } from "./storage-backend.ts";
import type { Capabilities } from "./capabilities.ts";
import type { DriverReads, MaybePromise, WriteOperation, WriteResult } from "./storage-driver.ts";

/** Names a call, for errors. */
export interface CallName {
  readonly operation: string;
  readonly collection?: string;
}

/** What carries a collection's calls out: a backend, or a transaction of it. */
export interface OperationHost {
  readonly capabilities: Capabilities;
  /** Reads as of now: the last commit, or the transaction's own view. */
  readonly reads: DriverReads;
  nowMs(): number;
  /** Runs a call: refuses it where the host is closed or misused, and explains its errors. */
  run<T>(name: CallName, options: CallOptions | undefined, work: () => MaybePromise<T>): Promise<T>;
  /** Applies operations atomically. Only inside {@link run}. */
  write(
    operations: readonly WriteOperation[],
    options: CallOptions | undefined,
  ): MaybePromise<WriteResult[]>;
}
