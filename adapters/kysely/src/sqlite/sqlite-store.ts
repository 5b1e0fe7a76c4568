import {
  StorageError,
  type BackupManifest,
  type Capabilities,
  type CollectionInfo,
} from "@cutover/core";
import type { PromptSession, SqlSession } from "../driver/sql-session.ts";
import type { OpenTransaction, SqlStore } from "../driver/sql-store.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { statement } from "../sql/statement.ts";
import { backOff } from "../driver/back-off.ts";
import type { Lease, SqliteConnections } from "./connections.ts";
import {
  checkVersion,
  readValue,
  setDurability,
  setJournalMode,
  type Synchronous,
} from "./pragmas.ts";
import { SchemaKeeper } from "./schema-keeper.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { explainCommit, isBusy, isClash } from "./sqlite-error.ts";
import { hasUntokenised, tokeniseAll } from "../driver/tokeniser.ts";

const beginImmediate = statement("BEGIN IMMEDIATE");
const commit = statement("COMMIT");
const rollback = statement("ROLLBACK");
/** How long opening and committing wait for others, in milliseconds. */
const patienceMs = 10_000;

/** What a {@link SqliteStore} is made of. */
export interface SqliteStoreOptions {
  readonly connections: SqliteConnections;
  readonly synchronous: Synchronous;
  readonly inMemory: boolean;
  readonly nowMs: () => number;
}

function capabilitiesOf({ synchronous, inMemory }: SqliteStoreOptions): Capabilities {
  const onDisk = synchronous === "full" ? "power-loss" : "process-crash";
  return {
    durability: inMemory ? "none" : onDisk,
    multiProcess: !inMemory,
    backup: true,
    relevance: true,
  };
}

/** SQLite behind the shared driver. */
export class SqliteStore implements SqlStore {
  readonly kind = "sqlite";
  readonly capabilities: Capabilities;
  readonly dialect: SqlStore["dialect"] = sqliteDialect;
  private readonly options: SqliteStoreOptions;
  private readonly connections: SqliteConnections;
  private readonly keeper: SchemaKeeper;

  constructor(options: SqliteStoreOptions) {
    const { connections, nowMs } = options;
    this.options = options;
    this.connections = connections;
    this.capabilities = capabilitiesOf(options);
    const location = connections.location ?? "the database handed in";
    this.keeper = new SchemaKeeper({ owned: connections.owned, location, nowMs });
  }

  get location(): string | undefined {
    return this.connections.location;
  }

  get readOnly(): boolean {
    return this.connections.readOnly;
  }

  get mayPause(): boolean {
    return this.connections.mayPause;
  }

  get reader(): SqlSession {
    return this.connections.reader;
  }

  checkPresence(how?: { readonly atOnce: boolean }): void {
    this.connections.checkPresence?.(how);
  }

  async open(): Promise<void> {
    const { connections } = this;
    try {
      await connections.open();
      await whenFree(async () => {
        await checkVersion(connections.reader);
        await this.keeper.checkOwner(connections.reader);
      });
      if (!this.readOnly) await this.makeDurable();
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  private async makeDurable(): Promise<void> {
    for (const session of this.connections.sessions()) {
      await whenFree(() => setJournalMode(session));
      await whenFree(() => setDurability(session, this.options.synchronous));
    }
  }

  peek(): PromptSession | undefined {
    return this.connections.peek?.();
  }

  async tryBegin(): Promise<OpenTransaction | undefined> {
    const { connections } = this;
    // What SQLite could not open for writing for a moment, it opens for reading and stays with that.
    if ((await connections.renew?.()) === true) await this.makeDurable();
    const lease = await connections.lease();
    try {
      // The application's own transaction is open on the connection it handed in.
      const begun = lease.inTransaction() !== true && (await begin(lease));
      if (begun) return new SqliteTransaction(lease, this.location ?? "the database handed in");
      lease.release();
      return undefined;
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  async isPrepared(tables: readonly SqlTable[]): Promise<boolean> {
    for (const table of tables) refuseReserved(table);
    if (await this.keeper.isPrepared(this.reader, tables)) return true;
    if (!this.readOnly) return false;
    throw new StorageError(
      "SCHEMA_OUTDATED",
      `${this.location ?? "the database"} was not written with these definitions; open it for writing once`,
    );
  }

  prepare(session: SqlSession, tables: readonly SqlTable[]): Promise<void> {
    return this.keeper.prepare(session, tables);
  }

  checkSchema(session: SqlSession, tables: Iterable<SqlTable>): Promise<void> {
    return this.keeper.checkUnchanged(session, tables);
  }

  markTouched(session: SqlSession, table: SqlTable): Promise<void> {
    return this.keeper.touch(session, table);
  }

  isClash(error: unknown): boolean {
    return isClash(error);
  }

  isBusy(error: unknown): boolean {
    return isBusy(error);
  }

  tokenise(session: SqlSession, table: SqlTable): Promise<number> {
    return tokeniseAll(session, table);
  }

  hasUntokenised(session: SqlSession, table: SqlTable): Promise<boolean> {
    return hasUntokenised(session, table);
  }

  async sizeBytes(): Promise<number> {
    // Never by looking at the file: closing it would drop the locks that SQLite holds on it.
    const pages = await readValue(this.reader, "PRAGMA page_count");
    const pageBytes = await readValue(this.reader, "PRAGMA page_size");
    return Number(pages) * Number(pageBytes);
  }

  async backup(
    destination: string,
    collections: readonly CollectionInfo[],
  ): Promise<BackupManifest> {
    const { writeBackup } = await import("./backup.ts");
    return writeBackup(this.connections, destination, collections);
  }

  close(): Promise<void> {
    return this.connections.close();
  }
}

function refuseReserved({ name }: SqlTable): void {
  if (name !== "schema_version") return;
  throw new StorageError(
    "CONFIG_INVALID",
    `"${name}" is a table of the adapter's own; rename the collection`,
    {
      collection: name,
    },
  );
}

async function begin({ session }: Lease): Promise<boolean> {
  try {
    await session.run(beginImmediate, []);
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** Repeats something until nobody else is in the way. */
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > endMs) throw error;
      await backOff();
    }
  }
}

class SqliteTransaction implements OpenTransaction {
  readonly session: SqlSession;
  private readonly lease: Lease;
  private readonly location: string;
  private ended = false;

  constructor(lease: Lease, location: string) {
    this.session = lease.session;
    this.lease = lease;
    this.location = location;
  }

  isOpen(): boolean {
    return this.lease.inTransaction() !== false;
  }

  async commit(): Promise<void> {
    try {
      await whenFree(async () => this.session.run(commit, []));
    } catch (error) {
      throw explainCommit(error, this.location);
    }
    this.end();
  }

  async rollback(): Promise<void> {
    if (this.ended) return;
    try {
      if (this.isOpen()) await this.session.run(rollback, []);
    } catch {
      // Already rolled back by SQLite itself, which is all that was wanted.
    }
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.lease.release();
  }
}
