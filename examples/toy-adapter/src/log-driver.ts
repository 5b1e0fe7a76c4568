import {
  cloneValue,
  DraftSet,
  MemoryTable,
  RecordReads,
  selectFrom,
  StorageError,
  TurnQueue,
  type BackendInfo,
  type BackupManifest,
  type CallContext,
  type Capabilities,
  type CollectionDefinition,
  type DriverTransaction,
  type KeyedValue,
  type ScanDirection,
  type Selection,
  type StorageDriver,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import type { CommitLog, LoggedChange } from "./commit-log.ts";

/** What lies open in a folder. */
export interface OpenLog {
  readonly folder: string;
  readonly log: CommitLog;
  /** What the log held when it was opened, oldest first. */
  readonly changes: readonly LoggedChange[];
  readonly release: () => Promise<void>;
}

/** Tables in memory, made of a log. Reads are answered from them; a commit is logged, then applied. */
class Tables {
  readonly all = new Map<string, MemoryTable>();
  private readonly changes: readonly LoggedChange[];

  constructor(changes: readonly LoggedChange[]) {
    this.changes = changes;
  }

  of(collection: CollectionDefinition): MemoryTable {
    const known = this.all.get(collection.name);
    if (known !== undefined) return known;
    const table = new MemoryTable(collection);
    for (const { collection: name, cleared, deleted, replaced, inserted } of this.changes) {
      if (name !== collection.name) continue;
      table.apply({
        cleared,
        deleted: new Set(deleted),
        replaced: new Map(replaced),
        inserted: new Map(inserted),
      });
    }
    this.all.set(collection.name, table);
    return table;
  }
}

const batchSize = 256;
const copied = ({ key, value }: KeyedValue): KeyedValue => ({ key, value: cloneValue(value) });

/** All that an adapter has to bring: where records lie, and how a commit is made to last. */
export class LogDriver extends RecordReads implements StorageDriver {
  readonly kind = "log";
  readonly capabilities: Capabilities = {
    durability: "process-crash",
    multiProcess: false,
    backup: false,
    relevance: false,
  };
  private readonly tables: Tables;
  private readonly opened: OpenLog;
  private readonly turns = new TurnQueue();

  constructor(opened: OpenLog) {
    const tables = new Tables(opened.changes);
    super((collection) => tables.of(collection));
    this.tables = tables;
    this.opened = opened;
  }

  attach(collection: CollectionDefinition): void {
    this.tables.of(collection);
  }

  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction: ScanDirection = "forward",
  ): AsyncIterable<readonly KeyedValue[]> {
    const inOrder = this.tables.of(collection).entries();
    const entries = direction === "forward" ? inOrder : inOrder.toReversed();
    for (let start = 0; start < entries.length; start += batchSize)
      yield selectFrom(collection, entries.slice(start, start + batchSize), selection).map(copied);
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
    const drafts = new DraftSet((collection) => this.tables.of(collection));
    return new LogTransaction(drafts, () => this.commit(drafts), endTurn);
  }

  private async commit(drafts: DraftSet): Promise<void> {
    const changed = drafts.changed();
    if (changed.length === 0) return;
    await this.opened.log.append(changed);
    for (const { definition, changes } of changed) this.tables.of(definition).apply(changes);
  }

  async backup(): Promise<BackupManifest> {
    throw new StorageError("NOT_SUPPORTED", "a log cannot be backed up");
  }

  async info(): Promise<BackendInfo> {
    const { folder, log } = this.opened;
    const collections = [...this.tables.all].map(([name, table]) => ({
      name,
      exists: table.exists,
      records: table.size,
    }));
    return { kind: this.kind, location: folder, sizeBytes: log.sizeBytes, collections };
  }

  async close(): Promise<void> {
    await this.turns.idle();
    await this.opened.log.close();
    await this.opened.release();
  }
}

/** Drafts laid over the tables until they are committed. */
class LogTransaction extends RecordReads implements DriverTransaction {
  private readonly drafts: DraftSet;
  private readonly finish: () => Promise<void>;
  private readonly endTurn: () => void;

  constructor(drafts: DraftSet, finish: () => Promise<void>, endTurn: () => void) {
    super((collection) => drafts.of(collection));
    this.drafts = drafts;
    this.finish = finish;
    this.endTurn = endTurn;
  }

  apply(operations: readonly WriteOperation[], nowMs: number): WriteResult[] {
    return this.drafts.apply(operations, nowMs);
  }

  async commit(): Promise<void> {
    await this.finish();
    this.endTurn();
  }

  async rollback(): Promise<void> {
    this.endTurn();
  }
}
