import type {
  AggregatePlan,
  AggregateRow,
  CollectionDefinition,
  DriverTransaction,
  JsonValue,
  KeyedValue,
  MaybePromise,
  Selection,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import type { RecordWriter } from "./record-writer.ts";
import { SqlReads } from "./sql-reads.ts";
import type { OpenTransaction } from "./sql-store.ts";
import type { SqlTable } from "./sql-table.ts";

/** What a {@link SqlTransaction} needs of its driver. */
export interface TransactionContext {
  /** The table of a collection, made ready within the transaction where it is not yet. */
  tableOf(collection: CollectionDefinition): MaybePromise<SqlTable>;
  /** The same, once it was made ready. */
  known(collection: CollectionDefinition): SqlTable;
  writer(nowMs: number): RecordWriter;
  /** Makes a table fit for search within the transaction. */
  searchable(table: SqlTable): Promise<void>;
  committed(): void;
  /** Gives the turn to the next; called once or more. */
  end(): void;
}

/** A transaction in which the caller thinks between operations. */
export class SqlTransaction implements DriverTransaction {
  private readonly transaction: OpenTransaction;
  private readonly context: TransactionContext;
  private readonly reads: SqlReads;
  private ended = false;

  constructor(transaction: OpenTransaction, context: TransactionContext) {
    this.transaction = transaction;
    this.context = context;
    this.reads = new SqlReads(transaction.session);
  }

  async get(
    collection: CollectionDefinition,
    key: string,
    nowMs: number,
  ): Promise<JsonValue | undefined> {
    return this.reads.get(await this.context.tableOf(collection), key, nowMs);
  }

  async getMany(
    collection: CollectionDefinition,
    keys: readonly string[],
    nowMs: number,
  ): Promise<Map<string, JsonValue>> {
    return this.reads.getMany(await this.context.tableOf(collection), keys, nowMs);
  }

  async select(collection: CollectionDefinition, selection: Selection): Promise<KeyedValue[]> {
    const table = await this.context.tableOf(collection);
    if (selection.search !== undefined) await this.context.searchable(table);
    return this.reads.select(table, selection);
  }

  async count(collection: CollectionDefinition, selection: Selection): Promise<number> {
    return this.reads.count(await this.context.tableOf(collection), selection);
  }

  async aggregate(
    collection: CollectionDefinition,
    selection: Selection,
    plan: AggregatePlan,
  ): Promise<AggregateRow[]> {
    return this.reads.aggregate(await this.context.tableOf(collection), selection, plan);
  }

  async apply(operations: readonly WriteOperation[], nowMs: number): Promise<WriteResult[]> {
    for (const { collection } of operations) await this.context.tableOf(collection);
    const together = await this.transaction.applyTogether?.(operations, {
      tableOf: ({ collection }) => this.context.known(collection),
      nowMs,
    });
    if (together !== undefined) return together;
    const writer = this.context.writer(nowMs);
    const results: WriteResult[] = [];
    for (const operation of operations) {
      results.push(await writer.apply(operation));
    }
    return results;
  }

  async commit(): Promise<void> {
    try {
      await this.transaction.commit();
      this.ended = true;
      this.context.committed();
    } finally {
      await this.rollback();
    }
  }

  async rollback(): Promise<void> {
    if (!this.ended) {
      this.ended = true;
      await this.transaction.rollback();
    }
    this.context.end();
  }
}
