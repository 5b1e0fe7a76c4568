import { TurnQueue, type CallContext, type CollectionDefinition } from "@cutover/core";
import { backOff } from "./back-off.ts";
import { Courtesy } from "./courtesy.ts";
import type { Express } from "./express.ts";
import { FairShare } from "./fair-share.ts";
import { RecordWriter } from "./record-writer.ts";
import type { OpenTransaction, SqlStore } from "./sql-store.ts";
import type { SqlTable } from "./sql-table.ts";
import { busyFor } from "./write-request.ts";

/** How long somebody waits, and what ends the waiting sooner. */
export type Limits = Pick<CallContext, "timeoutMs" | "signal">;

/** The tables of a driver, as its writers see them. */
export interface Tables {
  of(collection: CollectionDefinition): SqlTable;
  all(): Iterable<SqlTable>;
}

/** Begins write transactions, one at a time in this process. */
export class WriteSide {
  readonly turns: TurnQueue = new TurnQueue();
  readonly courtesy: Courtesy = new Courtesy();
  private readonly share = new FairShare();
  private readonly store: SqlStore;
  private readonly tables: Tables;
  private readonly touched = new WeakMap<OpenTransaction, Set<SqlTable>>();

  constructor(store: SqlStore, tables: Tables) {
    this.store = store;
    this.tables = tables;
  }

  get mayPause(): boolean {
    return this.store.mayPause;
  }

  get express(): Express | undefined {
    return this.store.express;
  }

  isBusy(error: unknown): boolean {
    return this.store.isBusy(error);
  }

  enter(transaction: OpenTransaction, collections: readonly CollectionDefinition[]): void {
    const names = new Set(collections);
    transaction.enter?.([...names].map((collection) => this.tables.of(collection)));
  }

  /** To be called before one takes another turn. */
  async giveWay(): Promise<void> {
    await this.courtesy.pauseIfDue();
    await this.share.stepAside();
  }

  /** To be called in one's turn. @returns undefined while somebody else is writing */
  async tryBegin(endMs: number = Infinity): Promise<OpenTransaction | undefined> {
    const transaction = await this.store.tryBegin(endMs);
    if (transaction === undefined) {
      this.share.metOthers();
      return undefined;
    }
    this.share.gotTurn();
    try {
      await this.store.checkSchema(transaction.session, this.tables.all());
      return transaction;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** To be called in one's turn. @throws StorageError LOCK_TIMEOUT when the database stays busy */
  async beginBy(endMs: number, { timeoutMs, signal }: Limits): Promise<OpenTransaction> {
    for (;;) {
      const transaction = await this.tryBegin(endMs);
      if (transaction !== undefined) return transaction;
      if (performance.now() >= endMs) throw busyFor(timeoutMs);
      await backOff();
      signal?.throwIfAborted();
    }
  }

  /** Runs some work of our own in a transaction. */
  async alone(
    limits: Limits,
    work: (transaction: OpenTransaction) => Promise<unknown>,
  ): Promise<void> {
    const endMs = performance.now() + limits.timeoutMs;
    const endTurn = await this.turns.take(limits);
    try {
      while (!(await this.attempt(work, { endMs, limits }))) await backOff();
    } finally {
      endTurn();
    }
  }

  /** @returns false where it came to nothing because of somebody else, and there is time left */
  private async attempt(
    work: (transaction: OpenTransaction) => Promise<unknown>,
    { endMs, limits }: { readonly endMs: number; readonly limits: Limits },
  ): Promise<boolean> {
    const transaction = await this.beginBy(endMs, limits);
    try {
      await work(transaction);
      await transaction.commit();
      return true;
    } catch (error) {
      await transaction.rollback();
      if (this.store.isBusy(error) && performance.now() < endMs) return false;
      throw error;
    }
  }

  /** Begins one caller's part of a transaction. */
  writer(transaction: OpenTransaction, nowMs: number): RecordWriter {
    const context = {
      session: transaction.session,
      tableOf: (collection: CollectionDefinition) => this.tables.of(collection),
      isClash: (error: unknown) => this.store.isClash(error),
      touch: (table: SqlTable) => this.touch(transaction, table),
    };
    return new RecordWriter(context, nowMs);
  }

  private async touch(transaction: OpenTransaction, table: SqlTable): Promise<void> {
    const touched = this.touched.get(transaction) ?? new Set();
    await this.store.markTouched(transaction.session, table);
    this.touched.set(transaction, touched.add(table));
  }

  /** Forgets what was noted down, for it may have been undone; it is noted down again if need be. */
  undone(transaction: OpenTransaction): void {
    this.touched.delete(transaction);
  }

  /** Remembers, after the commit, which collections are known to have been written to. */
  committed(transaction: OpenTransaction): void {
    for (const table of this.touched.get(transaction) ?? []) table.touched = true;
  }
}
