import type {
  BackupManifest,
  Capabilities,
  CollectionInfo,
  WriteOperation,
  WriteResult,
} from "@cutover/core";
import type { Dialect } from "../sql/dialect.ts";
import type { Express } from "./express.ts";
import type { PromptSession, SqlSession } from "./sql-session.ts";
import type { SqlTable } from "./sql-table.ts";

/** A write transaction under way, on a connection of its own or one that nobody else uses now. */
export interface OpenTransaction {
  readonly session: SqlSession;
  /** Keeps others out of these tables until the end, from the next statement on. */
  enter?(tables: readonly SqlTable[]): void;
  /**
   * Applies operations with few round trips. Left out where one by one is as quick.
   *
   * @returns undefined where they have to be applied one by one, because something clashes
   */
  applyTogether?(
    operations: readonly WriteOperation[],
    tables: { readonly tableOf: (operation: WriteOperation) => SqlTable; readonly nowMs: number },
  ): Promise<WriteResult[] | undefined>;
  /** False when the database has given the transaction up by itself. */
  isOpen(): boolean;
  /** @throws StorageError COMMIT_UNKNOWN where the outcome cannot be known */
  commit(): Promise<void>;
  /** Never rejects. */
  rollback(): Promise<void>;
}

/** What a database brings to the shared driver. */
export interface SqlStore {
  readonly kind: string;
  readonly capabilities: Capabilities;
  readonly dialect: Dialect;
  readonly location: string | undefined;
  readonly readOnly: boolean;
  /** Whether other code may run between two statements of a write transaction. */
  readonly mayPause: boolean;
  /** Sees the last commit. Usable once {@link open} has resolved. */
  readonly reader: SqlSession;
  /**
   * Called before every read; cheap. It is looked at now and then, or `atOnce`.
   * @throws StorageError IO_FAILED when the database is gone
   */
  checkPresence?(how?: { readonly atOnce: boolean }): void;
  open(): Promise<void>;
  /**
   * For a look at the last commit before a write, from the connection that writes. To be called in
   * nobody's turn. Left out, or undefined, where a look takes a round trip. Whether the database is
   * still there is another question.
   */
  peek?(): PromptSession | undefined;
  /**
   * Begins a write transaction. Only one at a time; the caller sees to that.
   *
   * @param endMs until when it may wait for others, on the clock of `performance.now()`
   * @returns undefined while another process or connection is writing
   */
  tryBegin(endMs: number): Promise<OpenTransaction | undefined>;
  /** Left out where a transaction costs no round trips. */
  readonly express?: Express;
  /** True when the tables of these collections are there and fit; remembers which were touched. */
  isPrepared(tables: readonly SqlTable[]): Promise<boolean>;
  /** Makes the tables fit their definitions, inside a transaction. */
  prepare(session: SqlSession, tables: readonly SqlTable[]): Promise<void>;
  /** @throws StorageError SCHEMA_OUTDATED when somebody has changed the tables meanwhile */
  checkSchema(session: SqlSession, tables: Iterable<SqlTable>): Promise<void>;
  markTouched(session: SqlSession, table: SqlTable): Promise<void>;
  /** True of a refusal by a unique index. */
  isClash(error: unknown): boolean;
  /** True when the same call may succeed a moment later. */
  isBusy(error: unknown): boolean;
  /** Tokenises records that were written by somebody who could not. @returns how many */
  tokenise(session: SqlSession, table: SqlTable): Promise<number>;
  hasUntokenised(session: SqlSession, table: SqlTable): Promise<boolean>;
  sizeBytes(): Promise<number>;
  backup(destination: string, collections: readonly CollectionInfo[]): Promise<BackupManifest>;
  close(): Promise<void>;
}
