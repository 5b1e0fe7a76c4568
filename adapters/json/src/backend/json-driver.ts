import {
  type BackendInfo,
  type BackupManifest,
  type CallContext,
  type Capabilities,
  type CollectionDefinition,
  type DriverReads,
  type DriverTransaction,
  type JsonValue,
  type KeyedValue,
  type MaybePromise,
  type RecordReads,
  type ScanDirection,
  type Selection,
  selects,
  StorageError,
  type StorageDriver,
  TurnQueue,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import type { FileStore } from "../store/file-store.ts";
import { backupFiles } from "./json-backup.ts";
import { JsonCommit } from "./json-commit.ts";
import type { JsonTable } from "./json-table.ts";
import { JsonTransaction } from "./json-transaction.ts";
import type { TableCache } from "./table-cache.ts";
import { WriteQueue } from "./write-queue.ts";

/** Records a stream hands over at a time. */
const batchSize = 100;

const capabilities: Capabilities = {
  durability: "power-loss",
  multiProcess: true,
  backup: true,
  relevance: false,
};

/** JSON files in one folder as a storage driver. */
export class JsonDriver implements StorageDriver {
  readonly kind = "json";
  readonly capabilities: Capabilities = capabilities;
  readonly #files: FileStore;
  readonly #tables: TableCache;
  readonly #turns = new TurnQueue();
  readonly #writes: WriteQueue;
  readonly #collections = new Map<string, CollectionDefinition>();

  constructor(files: FileStore, tables: TableCache) {
    this.#files = files;
    this.#tables = tables;
    this.#writes = new WriteQueue({ files, tables }, this.#turns);
  }

  attach(collection: CollectionDefinition): void {
    const { path } = collection.file;
    for (const other of this.#collections.values()) {
      if (other.file.path !== path) continue;
      const what = `collections "${other.name}" and "${collection.name}" share the file ${path}; give each its own`;
      throw new StorageError("CONFIG_INVALID", what, { collection: collection.name });
    }
    this.#collections.set(collection.name, collection);
  }

  /** Reads a collection's current table, at once where its file has not changed. */
  #with<T>(collection: CollectionDefinition, work: (table: JsonTable) => T): MaybePromise<T> {
    const table = this.#tables.current(collection);
    return table === undefined ? this.#tables.load(collection).then(work) : work(table);
  }

  #read<T>(collection: CollectionDefinition, work: (reads: RecordReads) => T): MaybePromise<T> {
    return this.#with(collection, (table) => work(table.reads));
  }

  get(
    collection: CollectionDefinition,
    key: string,
    nowMs: number,
  ): MaybePromise<JsonValue | undefined> {
    const table = this.#tables.current(collection);
    // The call that is made most often, so it makes no function of itself where it need not.
    if (table !== undefined) return table.reads.get(collection, key, nowMs);
    return this.#tables.load(collection).then(({ reads }) => reads.get(collection, key, nowMs));
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.#read(call[0], (reads) => reads.getMany(...call));
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.#read(call[0], (reads) => reads.select(...call));
  }

  count(collection: CollectionDefinition, selection: Selection): MaybePromise<number> {
    return this.#with(collection, (table) => countOf(table, selection));
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.#read(call[0], (reads) => reads.aggregate(...call));
  }

  /** Streams the version of the file that is current at the first record. */
  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction: ScanDirection = "forward",
  ): AsyncIterable<readonly KeyedValue[]> {
    const table = await this.#tables.load(collection);
    let batch: KeyedValue[] = [];
    for (const record of table.freshEntries(direction)) {
      if (!selects(collection, selection, record)) continue;
      batch.push(record);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    return this.#writes.write(operations, context);
  }

  writePermitted(
    operations: readonly WriteOperation[],
    context: CallContext,
    permit: () => Promise<void>,
  ): Promise<WriteResult[]> {
    return this.#writes.write(operations, context, permit);
  }

  async begin(context: CallContext): Promise<DriverTransaction> {
    const deadline = performance.now() + context.timeoutMs;
    const endTurn = await this.#turns.take(context);
    const opened = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const options = {
      timeoutMs: Math.max(0, deadline - performance.now()),
      signal: context.signal,
    };
    const locked = this.#files
      .withLock(async () => {
        opened.resolve();
        await over.promise;
      }, options)
      .finally(endTurn);
    // Before the lock is there its failure is ours; after that it shows at the end.
    await Promise.race([opened.promise, locked]);
    const end = async (): Promise<void> => {
      over.resolve();
      await locked;
    };
    try {
      const commit = new JsonCommit({ files: this.#files, tables: this.#tables });
      return new JsonTransaction(commit, end);
    } catch (error) {
      // Or the lock would be held, and kept fresh, for as long as this process lives.
      await end();
      throw error;
    }
  }

  backup(destination: string): Promise<BackupManifest> {
    return backupFiles(this.#files, [...this.#collections.values()], destination);
  }

  stamp({ file: { path } }: CollectionDefinition): string {
    const identity = this.#files.snapshot([path]).files.get(path)?.identity;
    if (identity === undefined) return "no file";
    return `${identity.ino} ${identity.size} ${identity.mtimeNs}`;
  }

  holds(collection: CollectionDefinition): boolean {
    const table = this.#tables.current(collection);
    if (table !== undefined) return table.exists;
    const { path } = collection.file;
    return this.#files.snapshot([path]).files.get(path)?.exists === true;
  }

  onForeignChange(listener: (collection: CollectionDefinition) => void): void {
    this.#tables.onForeignChange(listener);
  }

  async info(): Promise<BackendInfo> {
    const collections: BackendInfo["collections"][number][] = [];
    let sizeBytes = 0;
    for (const collection of this.#collections.values()) {
      const { exists, size, version } = await this.#tables.load(collection);
      collections.push({ name: collection.name, exists, records: size });
      sizeBytes += version.sizeBytes;
    }
    return { kind: this.kind, location: this.#files.root, sizeBytes, collections };
  }

  async close(): Promise<void> {
    await this.#turns.idle();
    await this.#files.close();
  }
}

/** Everything is counted without being read, unless some of it cannot be read or may have expired. */
function countOf(table: JsonTable, selection: Selection): number {
  const { predicate, search, after, limit } = selection;
  const isAll = [predicate, search, after, limit].every((part) => part === undefined);
  const isPlain = table.document.opaqueCount === 0 && table.definition.expiry === undefined;
  return isAll && isPlain ? table.size : table.reads.count(table.definition, selection);
}
