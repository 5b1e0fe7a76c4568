import type { CollectionDefinition } from "@cutover/core";
import { Patience, patienceMs } from "./patience.ts";
import { SqlReads } from "./sql-reads.ts";
import type { SqlSession } from "./sql-session.ts";
import type { SqlStore } from "./sql-store.ts";
import { SqlTable } from "./sql-table.ts";
import type { Tables, WriteSide } from "./write-side.ts";

/** Opens the database at first use, and makes tables ready before theirs. */
export class TableRoom implements Tables {
  /** Set once the database is open. */
  reads: SqlReads | undefined;
  private readonly store: SqlStore;
  private readonly patience: Patience;
  private readonly tables = new Map<string, SqlTable>();
  private opening: Promise<SqlReads> | undefined;
  private preparing: Promise<unknown> | undefined;

  constructor(store: SqlStore, patience: Patience) {
    this.store = store;
    this.patience = patience;
  }

  attach(collection: CollectionDefinition): void {
    this.tables.set(collection.name, new SqlTable(collection, this.store.dialect));
  }

  of(collection: CollectionDefinition): SqlTable {
    const table = this.tables.get(collection.name);
    if (table === undefined) throw new Error(`collection "${collection.name}" was not attached`);
    return table;
  }

  all(): readonly SqlTable[] {
    return [...this.tables.values()];
  }

  /** @returns what answers reads; a database that could not be opened is tried again next time */
  open(): Promise<SqlReads> {
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
  async prepare(writes: WriteSide): Promise<SqlReads> {
    const reads = await this.open();
    while (this.preparing !== undefined) await this.preparing.catch(() => undefined);
    const waiting = this.all().filter((table) => !table.ready);
    if (waiting.length === 0) return reads;
    this.preparing = this.makeReady(waiting, writes);
    try {
      await this.preparing;
    } finally {
      this.preparing = undefined;
    }
    return reads;
  }

  private async makeReady(tables: readonly SqlTable[], writes: WriteSide): Promise<void> {
    if (!(await this.patience.run(() => this.store.isPrepared(tables)))) {
      await writes.alone({ timeoutMs: patienceMs, signal: undefined }, (transaction) =>
        this.store.prepare(transaction.session, tables),
      );
    }
    for (const table of tables) table.ready = true;
  }

  /** A collection first used inside a transaction gets its table there; it may be rolled back. */
  async within(session: SqlSession, table: SqlTable): Promise<SqlTable> {
    await this.store.prepare(session, [table]);
    return table;
  }

  /** Looks again which collections exist. */
  async refresh(): Promise<void> {
    await this.patience.run(() => this.store.isPrepared(this.all()));
  }

  async close(): Promise<boolean> {
    if (this.opening === undefined) return false;
    await this.opening.catch(() => undefined);
    await this.preparing?.catch(() => undefined);
    return true;
  }
}
