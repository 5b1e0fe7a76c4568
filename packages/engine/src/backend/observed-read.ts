import type { CollectionDefinition, MaybePromise, StorageDriver } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";

/** Asks a store something. */
export type Ask<T> = (reads: StorageDriver) => MaybePromise<T>;

/** A read that was answered, so that it can be asked again elsewhere. */
export interface ObservedRead {
  readonly unit: Unit;
  readonly collection: CollectionDefinition;
  readonly epoch: number;
  /** Asks a store the same. */
  readonly ask: Ask<unknown>;
  /** What the caller was handed: theirs, so it is to be copied before they can change it. */
  readonly answer: unknown;
  /** The keys read, where the read names them. */
  readonly keys: readonly string[] | undefined;
}
