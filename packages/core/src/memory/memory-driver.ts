import type {
  CallContext,
  DriverReads,
  DriverTransaction,
  ScanDirection,
  StorageDriver,
  WriteOperation,
  WriteResult,
} from "../backend/storage-driver.ts";
import type { BackendInfo, BackupManifest } from "../backend/storage-backend.ts";
import type { Capabilities } from "../backend/capabilities.ts";
import { TurnQueue } from "../backend/turn-queue.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { StorageError } from "../errors/storage-error.ts";
import type { Selection } from "../query/selection.ts";
import { selectFrom, type KeyedValue } from "../query/select.ts";
import { DraftSet } from "../records/draft-set.ts";
import { RecordReads } from "../records/record-reads.ts";
import { cloneValue } from "../values/normalise.ts";
import { MemoryTable } from "./memory-table.ts";

/** Records copied at a time while a collection is streamed. */
const scanBatch = 256;

const copied = ({ key, value }: KeyedValue): KeyedValue => ({ key, value: cloneValue(value) });

const capabilities: Capabilities = {
  durability: "none",
  multiProcess: false,
  backup: false,
  relevance: false,
};

/** The tables of one memory backend: the simplest thing that keeps the contract. */
export class MemoryDriver implements StorageDriver {
  readonly kind = "memory";
  readonly capabilities: Capabilities = capabilities;
  private readonly tables = new Map<string, MemoryTable>();
  private readonly turns = new TurnQueue();
  private readonly reads: DriverReads = new RecordReads((collection) => this.table(collection));

  attach(collection: CollectionDefinition): void {
    if (!this.tables.has(collection.name))
      this.tables.set(collection.name, new MemoryTable(collection));
  }

  private table(collection: CollectionDefinition): MemoryTable {
    const table = this.tables.get(collection.name);
    if (table === undefined) throw new Error(`collection "${collection.name}" was not attached`);
    return table;
  }

  get(
    collection: CollectionDefinition,
    key: string,
    nowMs: number,
  ): ReturnType<DriverReads["get"]> {
    return this.reads.get(collection, key, nowMs);
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.reads.getMany(...call);
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.reads.select(...call);
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.reads.count(...call);
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.reads.aggregate(...call);
  }

  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction: ScanDirection = "forward",
  ): AsyncIterable<readonly KeyedValue[]> {
    const entries = this.table(collection).entries();
    const source = direction === "forward" ? entries : entries.toReversed();
    for (let start = 0; start < source.length; start += scanBatch) {
      const batch = source.slice(start, start + scanBatch);
      yield selectFrom(collection, batch, selection).map(copied);
    }
  }

  async write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    const transaction = await this.begin(context);
    try {
      const results = await transaction.apply(operations, context.nowMs);
      await transaction.commit();
      return results;
    } finally {
      await transaction.rollback();
    }
  }

  async begin(context: CallContext): Promise<DriverTransaction> {
    const endTurn = await this.turns.take(context);
    const drafts = new DraftSet((collection) => this.table(collection));
    return new MemoryTransaction(drafts, {
      commit: () => this.commit(drafts),
      end: endTurn,
    });
  }

  private commit(drafts: DraftSet): void {
    for (const { definition, changes } of drafts.changed()) this.table(definition).apply(changes);
  }

  async backup(): Promise<BackupManifest> {
    throw new StorageError("NOT_SUPPORTED", "a memory backend has nothing to back up");
  }

  async info(): Promise<BackendInfo> {
    const collections = [...this.tables].map(([name, table]) => ({
      name,
      exists: table.exists,
      records: table.size,
    }));
    return { kind: this.kind, location: undefined, sizeBytes: 0, collections };
  }

  async close(): Promise<void> {
    await this.turns.idle();
  }
}

interface TransactionEnd {
  readonly commit: () => void;
  readonly end: () => void;
}

/** Drafts laid over the tables until they are committed. */
class MemoryTransaction extends RecordReads implements DriverTransaction {
  private readonly drafts: DraftSet;
  private readonly finish: TransactionEnd;

  constructor(drafts: DraftSet, finish: TransactionEnd) {
    super((collection) => drafts.of(collection));
    this.drafts = drafts;
    this.finish = finish;
  }

  apply(operations: readonly WriteOperation[], nowMs: number): WriteResult[] {
    return this.drafts.apply(operations, nowMs);
  }

  async commit(): Promise<void> {
    this.finish.commit();
    this.finish.end();
  }

  async rollback(): Promise<void> {
    this.finish.end();
  }
}
