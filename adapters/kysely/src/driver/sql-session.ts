import type { MaybePromise } from "@cutover/core";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";

/**
 * One connection to a database. A driver with a synchronous library answers at once; what it
 * throws is a StorageError, or the library's own error for a constraint.
 */
export interface SqlSession {
  all(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<readonly Row[]>;
  get(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<Row | undefined>;
  /** @returns how many rows were inserted, changed or deleted */
  run(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<number>;
  /**
   * Runs work within a transaction so that where it fails only it is undone. Left out where a
   * statement that fails leaves the transaction as it was.
   */
  guarded?<T>(work: () => T | Promise<T>): Promise<T>;
}

/** A connection that answers at once. */
export interface PromptSession {
  get(statement: Statement, parameters: readonly SqlValue[]): Row | undefined;
}
