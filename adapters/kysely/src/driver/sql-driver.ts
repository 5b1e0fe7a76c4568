import {
  TurnQueue,
  type AggregatePlan,
  type AggregateRow,
  type BackendInfo,
  type BackupManifest,
  type CallContext,
  type Capabilities,
  type CollectionDefinition,
  type CollectionInfo,
  type DriverTransaction,
  type JsonValue,
  type KeyedValue,
  type MaybePromise,
  type Selection,
  type StorageDriver,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import { backOff } from "./back-off.ts";
import { GroupWriter } from "./group-writer.ts";
import { RecordWriter } from "./record-writer.ts";
import { SqlReads, type ScanBatch, type ScanRange } from "./sql-reads.ts";
import type { OpenTransaction, SqlStore } from "./sql-store.ts";
import type { SqlSession } from "./sql-session.ts";
import { SqlTable } from "./sql-table.ts";
import { SqlTransaction } from "./sql-transaction.ts";
import { busyFor } from "./write-request.ts";

/** How long reads and the preparation of tables wait for a busy database. */
const patienceMs = 10_000;
/** Records a batch of a scan. */
const scanBatch = 500;

/** Drives any database that a {@link SqlStore} stands for. */
export class SqlDriver implements StorageDriver {
  readonly kind: string;
  readonly capabilities: Capabilities;
  private readonly store: SqlStore;
  private readonly tables = new Map<string, SqlTable>();
  private readonly turns = new TurnQueue();
  private readonly group: GroupWriter;
  private readonly touching = new Map<OpenTransaction, Set<SqlTable>>();
  private opening: Promise<SqlReads> | undefined;
  private preparing: Promise<unknown> | undefined;
  private reads: SqlReads | undefined;

  constructor(store: SqlStore) {
    this.store = store;
    this.kind = store.kind;
    this.capabilities = store.capabilities;
    this.group = new GroupWriter({
      turns: this.turns,
      mayPause: store.mayPause,
      tryBegin: () => this.tryBegin(),
      writer: (transaction, nowMs) => this.writer(transaction, nowMs),
      committed: (transaction) => this.committed(transaction),
    });
  }

  attach(collection: CollectionDefinition): void {
    this.tables.set(collection.name, new SqlTable(collection, this.store.dialect));
  }

  private table(collection: CollectionDefinition): SqlTable {
    const table = this.tables.get(collection.name);
    if (table === undefined) throw new Error(`collection "${collection.name}" was not attached`);
    return table;
  }

  // Opening and preparing

  private open(): Promise<SqlReads> {
    this.opening ??= this.store.open().then(
      () => (this.reads = new SqlReads(this.store.reader)),
      (error: unknown) => {
        this.opening = undefined;
        throw error;
      },
    );
    return this.opening;
  }

  /** Makes all attached tables ready, one call at a time. */
  private async prepare(): Promise<void> {
    await this.open();
    while (this.preparing !== undefined) await this.preparing.catch(() => undefined);
    const tables = [...this.tables.values()].filter((table) => !table.ready);
    if (tables.length === 0) return;
    this.preparing = this.prepareTables(tables);
    try {
      await this.preparing;
    } finally {
      this.preparing = undefined;
    }
  }

  private async prepareTables(tables: readonly SqlTable[]): Promise<void> {
    if (!(await this.patiently(() => this.store.isPrepared(tables)))) await this.evolve(tables);
    for (const table of tables) table.ready = true;
  }

  private async evolve(tables: readonly SqlTable[]): Promise<void> {
    await this.alone({ timeoutMs: patienceMs, signal: undefined }, (transaction) =>
      this.store.prepare(transaction.session, tables),
    );
  }

  /** Runs some work of our own in a write transaction. */
  private async alone(
    limits: Pick<CallContext, "timeoutMs" | "signal">,
    work: (transaction: OpenTransaction) => Promise<unknown>,
  ): Promise<void> {
    const endTurn = await this.turns.take(limits);
    try {
      const transaction = await this.beginBy(performance.now() + limits.timeoutMs, limits);
      try {
        await work(transaction);
        await transaction.commit();
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    } finally {
      endTurn();
    }
  }

  // Reads

  /** Runs a read, again and again while the database is busy. */
  private patiently<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const result = work();
      return result instanceof Promise
        ? result.catch((error: unknown) => this.again(work, error))
        : result;
    } catch (error) {
      return this.again(work, error);
    }
  }

  private async again<T>(work: () => MaybePromise<T>, first: unknown): Promise<T> {
    const endMs = performance.now() + patienceMs;
    let error = first;
    while (this.store.isBusy(error)) {
      if (performance.now() > endMs) throw busyFor(patienceMs);
      await backOff();
      try {
        return await work();
      } catch (next) {
        error = next;
      }
    }
    throw error;
  }

  private read<T>(
    collection: CollectionDefinition,
    work: (reads: SqlReads, table: SqlTable) => MaybePromise<T>,
  ): MaybePromise<T> {
    const table = this.table(collection);
    const { reads } = this;
    if (reads !== undefined && table.ready) return this.patiently(() => work(reads, table));
    return this.prepare().then(async () => {
      const opened = await this.open();
      return this.patiently(() => work(opened, table));
    });
  }

  get(
    collection: CollectionDefinition,
    key: string,
    nowMs: number,
  ): MaybePromise<JsonValue | undefined> {
    return this.read(collection, (reads, table) => reads.get(table, key, nowMs));
  }

  getMany(
    collection: CollectionDefinition,
    keys: readonly string[],
    nowMs: number,
  ): MaybePromise<Map<string, JsonValue>> {
    return this.read(collection, (reads, table) => reads.getMany(table, keys, nowMs));
  }

  select(collection: CollectionDefinition, selection: Selection): MaybePromise<KeyedValue[]> {
    if (selection.search !== undefined) return this.search(collection, selection);
    return this.read(collection, (reads, table) => reads.select(table, selection));
  }

  private async search(
    collection: CollectionDefinition,
    selection: Selection,
  ): Promise<KeyedValue[]> {
    await this.makeSearchable(collection);
    return this.read(collection, (reads, table) => reads.select(table, selection));
  }

  /** Records written by others, with SQL, are tokenised before the next search. */
  private async makeSearchable(collection: CollectionDefinition): Promise<void> {
    const { store } = this;
    if (store.readOnly) return;
    const stale = await this.read(collection, (reads, table) =>
      store.hasUntokenised(reads.session, table),
    );
    if (!stale) return;
    const table = this.table(collection);
    await this.alone({ timeoutMs: patienceMs, signal: undefined }, (transaction) =>
      store.tokenise(transaction.session, table),
    );
  }

  count(collection: CollectionDefinition, selection: Selection): MaybePromise<number> {
    return this.read(collection, (reads, table) => reads.count(table, selection));
  }

  aggregate(
    collection: CollectionDefinition,
    selection: Selection,
    plan: AggregatePlan,
  ): MaybePromise<AggregateRow[]> {
    return this.read(collection, (reads, table) => reads.aggregate(table, selection, plan));
  }

  async *scan(
    collection: CollectionDefinition,
    selection: Selection,
  ): AsyncIterable<readonly KeyedValue[]> {
    const bounds = await this.read(collection, (reads, table) => reads.bounds(table));
    if (bounds === undefined) return;
    // What is written later gets places outside these bounds, so nothing comes twice.
    const [low, high] = bounds;
    let from: number | undefined = low - 1;
    while (from !== undefined) {
      const range: ScanRange = { from, to: high, limit: scanBatch };
      const batch: ScanBatch = await this.read(collection, (reads, table) =>
        reads.scan(table, selection, range),
      );
      if (batch.records.length > 0) yield batch.records;
      from = batch.next;
    }
  }

  // Writes

  private async tryBegin(): Promise<OpenTransaction | undefined> {
    const transaction = await this.store.tryBegin();
    if (transaction === undefined) return undefined;
    try {
      await this.store.checkSchema(transaction.session, this.tables.values());
      return transaction;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** @throws StorageError LOCK_TIMEOUT when the database stays busy */
  private async beginBy(
    endMs: number,
    { timeoutMs, signal }: Pick<CallContext, "timeoutMs" | "signal">,
  ): Promise<OpenTransaction> {
    for (;;) {
      const transaction = await this.tryBegin();
      if (transaction !== undefined) return transaction;
      if (performance.now() >= endMs) throw busyFor(timeoutMs);
      await backOff();
      signal?.throwIfAborted();
    }
  }

  private writer(transaction: OpenTransaction, nowMs: number): RecordWriter {
    const context = {
      session: transaction.session,
      tableOf: (collection: CollectionDefinition) => this.table(collection),
      isClash: (error: unknown) => this.store.isClash(error),
      touch: (table: SqlTable) => this.touch(transaction, table),
    };
    return new RecordWriter(context, nowMs);
  }

  private async touch(transaction: OpenTransaction, table: SqlTable): Promise<void> {
    const touched = this.touching.get(transaction) ?? new Set();
    if (touched.has(table)) return;
    await this.store.markTouched(transaction.session, table);
    this.touching.set(transaction, touched.add(table));
  }

  private committed(transaction: OpenTransaction): void {
    for (const table of this.touching.get(transaction) ?? []) table.touched = true;
    this.touching.delete(transaction);
  }

  async write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    for (const { collection } of operations) {
      if (!this.table(collection).ready) await this.prepare();
    }
    return this.group.write(operations, context);
  }

  async begin(context: CallContext): Promise<DriverTransaction> {
    await this.prepare();
    const endMs = performance.now() + context.timeoutMs;
    const endTurn = await this.turns.take(context);
    try {
      const transaction = await this.beginBy(endMs, context);
      return new SqlTransaction(transaction, this.transactionContext(transaction, endTurn));
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  private transactionContext(
    transaction: OpenTransaction,
    endTurn: () => void,
  ): ConstructorParameters<typeof SqlTransaction>[1] {
    const { store } = this;
    return {
      tableOf: (collection) => {
        const table = this.table(collection);
        return table.ready ? table : this.prepareWithin(transaction.session, table);
      },
      writer: (nowMs) => this.writer(transaction, nowMs),
      searchable: async (table) => {
        if (await store.hasUntokenised(transaction.session, table))
          await store.tokenise(transaction.session, table);
      },
      committed: () => this.committed(transaction),
      end: () => {
        this.touching.delete(transaction);
        endTurn();
      },
    };
  }

  /** A collection first used inside a transaction gets its table there; it may be rolled back. */
  private async prepareWithin(session: SqlSession, table: SqlTable): Promise<SqlTable> {
    await this.store.prepare(session, [table]);
    return table;
  }

  // The store as a whole

  async info(): Promise<BackendInfo> {
    await this.prepare();
    const { kind, location } = this.store;
    const collections = await this.collections();
    return { kind, location, sizeBytes: await this.store.sizeBytes(), collections };
  }

  private async collections(): Promise<CollectionInfo[]> {
    const infos: CollectionInfo[] = [];
    const tables = [...this.tables.values()];
    await this.patiently(() => this.store.isPrepared(tables));
    for (const table of tables) {
      const row = await this.read(table.definition, (reads) =>
        reads.session.get(table.statements.countAll, []),
      );
      const records = Number(row?.[0] ?? 0);
      infos.push({ name: table.name, exists: table.touched || records > 0, records });
    }
    return infos;
  }

  async backup(destination: string): Promise<BackupManifest> {
    await this.prepare();
    return this.store.backup(destination, await this.collections());
  }

  async close(): Promise<void> {
    if (this.opening === undefined) return;
    await this.opening.catch(() => undefined);
    await this.preparing?.catch(() => undefined);
    await this.turns.idle();
    await this.store.close();
  }
}
