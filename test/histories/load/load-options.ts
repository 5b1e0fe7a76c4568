import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { LoadOperationName } from "./load-operation.ts";
import type { LoadRecord } from "./load-record.ts";

/** What a module exports so that a load can run on its backend. */
export interface LoadModule {
  /** Opens the store; every process of a load calls it once. */
  open(argument: string): Promise<StorageBackend>;
  /** Of `loadCollection`. Several: transactions write the same key in up to four of them. */
  readonly collections: readonly CollectionDefinition<LoadRecord>[];
}

/** A load of one process. All of it can travel to another process. */
export interface LoadOptions {
  /** Address of a {@link LoadModule}. */
  readonly module: string;
  /** Handed to `open`. */
  readonly argument: string;
  /** Names the process in the history; unique in its folder. */
  readonly process: string;
  /** Where the history is written. */
  readonly historyFolder: string;
  /** The same seed makes the same calls. */
  readonly seed: number;
  /** Ends by itself after so many. Default: runs until it is stopped. */
  readonly operations?: number;
  /** Calls under way at a time. Default: 1. */
  readonly lanes?: number;
  /** Records in a collection, at most; an even number. Default: 40. */
  readonly keys?: number;
  /** Share of each operation, where it is not to be the usual one; 0 leaves it out. */
  readonly shares?: Partial<Readonly<Record<LoadOperationName, number>>>;
}
