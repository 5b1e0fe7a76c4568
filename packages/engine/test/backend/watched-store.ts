import {
  backendFrom,
  driverOf,
  memoryBackend,
  type CallContext,
  type CollectionDefinition,
  type DriverReads,
  type DriverTransaction,
  type KeyedValue,
  type ScanDirection,
  type Selection,
  type StorageBackend,
  type StorageDriver,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { PassedReads } from "./passed-reads.ts";

/** Keeps a store from answering, or lets it fail; waited for before every write. */
export type Hindrance = () => Promise<void>;

/** What a store was told to write, call by call. */
export interface WatchedStore {
  readonly backend: StorageBackend;
  /** Each entry is one write or commit: the keys it named, `*` for a whole collection. */
  readonly writes: string[][];
  hindrance: Hindrance | undefined;
  /** Waited for before an answer to `get` is handed over, and before a stream begins. */
  late: Hindrance | undefined;
}

/** What the engine writes on its own account is not counted. */
function keysOf(operations: readonly WriteOperation[]): string[] {
  const own = operations.filter(({ collection }) => collection.name !== "cutover_epoch");
  // To put a record anew at the end is to delete it and to put it: one write of one key.
  return [...new Set(own.map((operation) => ("key" in operation ? operation.key : "*")))];
}

class WatchedTransaction extends PassedReads<DriverTransaction> implements DriverTransaction {
  private readonly driver: WatchedDriver;
  private readonly operations: WriteOperation[] = [];

  constructor(inner: DriverTransaction, driver: WatchedDriver) {
    super(inner);
    this.driver = driver;
  }

  async apply(operations: readonly WriteOperation[], nowMs: number): Promise<WriteResult[]> {
    this.operations.push(...operations);
    return this.inner.apply(operations, nowMs);
  }

  async commit(): Promise<void> {
    if (this.operations.length > 0) await this.driver.writing(this.operations);
    await this.inner.commit();
  }

  rollback(): Promise<void> {
    return this.inner.rollback();
  }
}

class WatchedDriver extends PassedReads<StorageDriver> implements StorageDriver, WatchedStore {
  readonly kind: string;
  readonly capabilities: StorageDriver["capabilities"];
  readonly backend: StorageBackend;
  readonly writes: string[][] = [];
  hindrance: Hindrance | undefined;
  late: Hindrance | undefined;

  constructor(kind: string) {
    super(driverOf(memoryBackend()));
    this.kind = kind;
    this.capabilities = this.inner.capabilities;
    this.backend = backendFrom(this);
  }

  async writing(operations: readonly WriteOperation[]): Promise<void> {
    const keys = keysOf(operations);
    if (keys.length === 0) return;
    this.writes.push(keys);
    await this.hindrance?.();
  }

  attach(collection: CollectionDefinition): void {
    this.inner.attach(collection);
  }

  override get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    const { late } = this;
    const answer = this.inner.get(...call);
    return late === undefined ? answer : late().then(() => answer);
  }

  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction?: ScanDirection,
  ): AsyncIterable<readonly KeyedValue[]> {
    await this.late?.();
    yield* this.inner.scan(collection, selection, direction);
  }

  async write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    await this.writing(operations);
    return this.inner.write(operations, context);
  }

  async begin(context: CallContext): Promise<DriverTransaction> {
    return new WatchedTransaction(await this.inner.begin(context), this);
  }

  backup(...call: Parameters<StorageDriver["backup"]>): ReturnType<StorageDriver["backup"]> {
    return this.inner.backup(...call);
  }

  info(...call: Parameters<StorageDriver["info"]>): ReturnType<StorageDriver["info"]> {
    return this.inner.info(...call);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A store in memory that tells what it is told to write, and can be hindered. */
export function watchedStore(kind: string): WatchedStore {
  return new WatchedDriver(kind);
}
