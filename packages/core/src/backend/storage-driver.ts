import type { CollectionDefinition } from "../definition/collection-definition.ts";
import type { AggregatePlan, AggregateRow } from "../query/aggregate.ts";
import type { Selection } from "../query/selection.ts";
import type { KeyedValue } from "../query/select.ts";
import type { JsonValue } from "../values/json.ts";
import type { Capabilities } from "./capabilities.ts";
import type { BackendInfo, BackupManifest } from "./storage-backend.ts";

/** Along the order of a collection, or from its end to its beginning. */
export type ScanDirection = "forward" | "backward";

/** A value, or a promise of one: adapters that can answer at once need not wait. */
export type MaybePromise<T> = T | Promise<T>;

/** One change, as data, so that it can be queued, grouped, redone and routed. */
export type WriteOperation =
  | {
      readonly type: "put";
      readonly collection: CollectionDefinition;
      readonly key: string;
      readonly value: JsonValue;
      /** Refuse a key that is there, with ALREADY_EXISTS. */
      readonly insert: boolean;
      readonly ifVersion: string | undefined;
    }
  | {
      readonly type: "update";
      readonly collection: CollectionDefinition;
      readonly key: string;
      /** Synchronous; may throw, which fails the operation; returns a checked value. */
      readonly change: (current: JsonValue | undefined) => JsonValue;
      readonly ifVersion: string | undefined;
    }
  | {
      readonly type: "delete";
      readonly collection: CollectionDefinition;
      readonly key: string;
      readonly ifVersion: string | undefined;
    }
  | { readonly type: "clear"; readonly collection: CollectionDefinition }
  | {
      readonly type: "replaceAll";
      readonly collection: CollectionDefinition;
      readonly entries: readonly KeyedValue[];
    }
  | {
      readonly type: "deleteExpired";
      readonly collection: CollectionDefinition;
      readonly atMs: number;
    };

/** What one operation did. */
export interface WriteResult {
  /** Records written or removed. */
  readonly count: number;
  /** The value written, of an update. */
  readonly value?: JsonValue;
  /**
   * Keys of expired records that the operation removed on the way: what `deleteExpired` reclaimed,
   * what held a unique value that is claimed now, and the operation's own key where a new record
   * took an expired one's place. Default: none.
   */
  readonly removed?: readonly string[];
}

/** Circumstances of a call. */
export interface CallContext {
  /** The present, for expiry. Milliseconds since 1970. */
  readonly nowMs: number;
  readonly signal: AbortSignal | undefined;
  /** Give up waiting for a lock after so many milliseconds, with LOCK_TIMEOUT. */
  readonly timeoutMs: number;
}

/** Reads. Values handed out must be copies; expired records are not there. */
export interface DriverReads {
  get(
    collection: CollectionDefinition,
    key: string,
    nowMs: number,
  ): MaybePromise<JsonValue | undefined>;
  /** In the order of `keys`, which are distinct. */
  getMany(
    collection: CollectionDefinition,
    keys: readonly string[],
    nowMs: number,
  ): MaybePromise<Map<string, JsonValue>>;
  select(collection: CollectionDefinition, selection: Selection): MaybePromise<KeyedValue[]>;
  /** Counts what `select` would find; order and limit do not matter. */
  count(collection: CollectionDefinition, selection: Selection): MaybePromise<number>;
  aggregate(
    collection: CollectionDefinition,
    selection: Selection,
    plan: AggregatePlan,
  ): MaybePromise<AggregateRow[]>;
}

/** A transaction in which the caller thinks between operations. */
export interface DriverTransaction extends DriverReads {
  /** Applies in sequence; each operation sees the ones before it. */
  apply(operations: readonly WriteOperation[], nowMs: number): MaybePromise<WriteResult[]>;
  /** @throws StorageError LOCK_LOST when the work has to run again */
  commit(): Promise<void>;
  /** Never rejects because of what the transaction did. */
  rollback(): Promise<void>;
}

/**
 * What an adapter implements. `backendFrom` makes a {@link StorageBackend} of it and brings all
 * checks of keys, values and queries, so that a driver sees only what is valid.
 */
export interface StorageDriver extends DriverReads {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** Hears of a collection before its first use. Must not wait; may prepare later. */
  attach(collection: CollectionDefinition): void;
  /**
   * As `select` in collection order, or against it, in batches, in bounded memory, without holding
   * a lock.
   */
  scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction?: ScanDirection,
  ): AsyncIterable<readonly KeyedValue[]>;
  /**
   * Applies all operations in sequence, or none, and resolves when they are durable. Concurrent
   * calls may share one commit; one that fails must not fail the others.
   */
  write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]>;
  /**
   * As {@link write}, for a caller that has to record the write elsewhere before it takes effect:
   * preparing the change may hide what that costs. `permit` may be called several times, and is not
   * called where nothing would change. Before its promise is fulfilled nobody may see the change,
   * and no crash may bring it about; where it rejects, the call rejects with the same reason and
   * has changed nothing. Left out where preparing takes no time: `permit` is then awaited first.
   */
  writePermitted?(
    operations: readonly WriteOperation[],
    context: CallContext,
    permit: () => Promise<void>,
  ): Promise<WriteResult[]>;
  /** Begins a transaction; others' writes wait until it ends. */
  begin(context: CallContext): Promise<DriverTransaction>;
  /**
   * Identifies what is stored of a collection: another text after every change, whoever made it.
   * Left out where that cannot be told without reading it all.
   */
  stamp?(collection: CollectionDefinition): MaybePromise<string>;
  /**
   * False where a collection reads as empty because what holds it is not there, such as a file that
   * was never made, or that somebody deleted. Cheap: it is asked before writes, and after reads
   * that find nothing. Left out where nothing can go missing by itself.
   */
  holds?(collection: CollectionDefinition): boolean;
  /**
   * Names a listener that is told, once each, of changes found that this library did not make.
   * Left out where they go unnoticed.
   */
  onForeignChange?(listener: (collection: CollectionDefinition) => void): void;
  backup(destination: string, context: CallContext): Promise<BackupManifest>;
  info(context: CallContext): Promise<BackendInfo>;
  close(): Promise<void>;
}
