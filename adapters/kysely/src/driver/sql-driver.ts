import type {
  AggregatePlan,
  AggregateRow,
  BackendInfo,
  BackupManifest,
  CallContext,
  Capabilities,
  CollectionDefinition,
  CollectionInfo,
  DriverTransaction,
  JsonValue,
  KeyedValue,
  MaybePromise,
  ScanDirection,
  Selection,
  StorageDriver,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import { isEqualPut } from "./equal-put.ts";
import { GroupWriter } from "./group-writer.ts";
import { Patience, patienceMs } from "./patience.ts";
import type { ScanRange } from "../sql/select.ts";
import type { ScanBatch, SqlReads } from "./sql-reads.ts";
import type { OpenTransaction, SqlStore } from "./sql-store.ts";
import type { SqlTable } from "./sql-table.ts";
import { SqlTransaction, type TransactionContext } from "./sql-transaction.ts";
import { TableRoom } from "./table-room.ts";
import { WriteSide } from "./write-side.ts";

/** Records a batch of a scan. */
const scanBatch = 100;

/** Drives any database that a {@link SqlStore} stands for. */
export class SqlDriver implements StorageDriver {
  readonly kind: string;
  readonly capabilities: Capabilities;
  private readonly store: SqlStore;
  private readonly patience: Patience;
  private readonly room: TableRoom;
  private readonly writes: WriteSide;
  private readonly group: GroupWriter;

  constructor(store: SqlStore) {
    this.store = store;
    this.kind = store.kind;
    this.capabilities = store.capabilities;
    this.patience = new Patience((error) => store.isBusy(error));
    this.room = new TableRoom(store, this.patience);
    this.writes = new WriteSide(store, this.room);
    this.group = new GroupWriter(this.writes);
  }

  attach(collection: CollectionDefinition): void {
    this.room.attach(collection);
  }

  private read<T>(
    collection: CollectionDefinition,
    work: (reads: SqlReads, table: SqlTable) => MaybePromise<T>,
  ): MaybePromise<T> {
    const { courtesy } = this.writes;
    if (courtesy.isDue()) return courtesy.pause().then(() => this.read(collection, work));
    const { reads } = this.room;
    const table = this.room.of(collection);
    this.store.checkPresence?.();
    if (reads !== undefined && table.ready) return this.patience.run(() => work(reads, table));
    return this.room
      .prepare(this.writes)
      .then((opened) => this.patience.run(() => work(opened, table)));
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
    const find = (): MaybePromise<KeyedValue[]> =>
      this.read(collection, (reads, table) => reads.select(table, selection));
    if (this.store.express === undefined) {
      await this.tokenise(collection);
      return find();
    }
    // A round trip away, both questions are asked at once: there is hardly ever something to do.
    const [waited, found] = await Promise.all([this.tokenise(collection), find()]);
    return waited ? find() : found;
  }

  /** Records written by others, with SQL, are tokenised before the next search. */
  private async tokenise(collection: CollectionDefinition): Promise<boolean> {
    const { store } = this;
    if (store.readOnly) return false;
    const waiting = await this.read(collection, (reads, table) =>
      store.hasUntokenised(reads.session, table),
    );
    if (!waiting) return false;
    const table = this.room.of(collection);
    await this.writes.alone({ timeoutMs: patienceMs, signal: undefined }, (transaction) =>
      store.tokenise(transaction.session, table),
    );
    return true;
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
    direction: ScanDirection = "forward",
  ): AsyncIterable<readonly KeyedValue[]> {
    const bounds = await this.read(collection, (reads, table) => reads.bounds(table));
    if (bounds === undefined) return;
    // What is written later gets places outside these bounds, so nothing comes twice.
    const [low, high] = bounds;
    const end = direction === "forward" ? { from: low - 1, to: high } : { from: high + 1, to: low };
    let from: number | undefined = end.from;
    while (from !== undefined) {
      const range: ScanRange = { from, to: end.to, direction, limit: scanBatch };
      const batch: ScanBatch = await this.read(collection, (reads, table) =>
        reads.scan(table, selection, range),
      );
      if (batch.records.length > 0) yield batch.records;
      from = batch.next;
    }
  }

  write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    if (this.isReady(operations)) {
      return this.isEqualPut(operations) ? this.unwritten() : this.group.write(operations, context);
    }
    return this.room.prepare(this.writes).then(() => this.group.write(operations, context));
  }

  private isReady(operations: readonly WriteOperation[]): boolean {
    let checked: CollectionDefinition | undefined;
    for (const { collection } of operations) {
      if (collection === checked) continue;
      if (!this.room.of(collection).ready) return false;
      checked = collection;
    }
    return true;
  }

  private isEqualPut(operations: readonly WriteOperation[]): boolean {
    const [operation] = operations;
    if (operation === undefined || operations.length > 1 || !this.group.idle) return false;
    return isEqualPut(this.store, this.room.of(operation.collection), operation);
  }

  private async unwritten(): Promise<WriteResult[]> {
    const { courtesy } = this.writes;
    if (courtesy.isDue()) await courtesy.pause();
    return [{ count: 1 }];
  }

  async begin(context: CallContext): Promise<DriverTransaction> {
    const endMs = performance.now() + context.timeoutMs;
    await this.writes.giveWay();
    await this.room.prepare(this.writes);
    const endTurn = await this.writes.turns.take(context);
    try {
      const transaction = await this.writes.beginBy(endMs, context);
      return new SqlTransaction(transaction, this.transactionContext(transaction, endTurn));
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  private transactionContext(transaction: OpenTransaction, end: () => void): TransactionContext {
    const { store, room, writes } = this;
    const { session } = transaction;
    return {
      tableOf: (collection) => {
        const table = room.of(collection);
        // What is made within the transaction is nobody else's yet.
        if (!table.ready) return room.within(session, table);
        transaction.enter?.([table]);
        return table;
      },
      known: (collection) => room.of(collection),
      writer: (nowMs) => writes.writer(transaction, nowMs),
      searchable: async (table) => {
        if (await store.hasUntokenised(session, table)) await store.tokenise(session, table);
      },
      committed: () => writes.committed(transaction),
      end,
    };
  }

  async info(): Promise<BackendInfo> {
    await this.room.prepare(this.writes);
    const { kind, location } = this.store;
    const collections = await this.collections();
    return { kind, location, sizeBytes: await this.store.sizeBytes(), collections };
  }

  private async collections(): Promise<CollectionInfo[]> {
    await this.room.refresh();
    const infos: CollectionInfo[] = [];
    for (const { definition } of this.room.all()) {
      const info = await this.read(definition, async ({ session }, table) => {
        const [records] = (await session.get(table.statements.countAll, [])) ?? [];
        return { records: Number(records), touched: table.touched };
      });
      const { records, touched } = info;
      infos.push({ name: definition.name, exists: touched || records > 0, records });
    }
    return infos;
  }

  async backup(destination: string): Promise<BackupManifest> {
    await this.room.prepare(this.writes);
    return this.store.backup(destination, await this.collections());
  }

  async close(): Promise<void> {
    if (!(await this.room.close())) return;
    await this.writes.turns.idle();
    await this.store.close();
  }
}
