import type { Database, Statement as Prepared } from "better-sqlite3";
import type { SqlSession } from "../driver/sql-session.ts";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";
import { explainSqlite, isReadOnly } from "./sqlite-error.ts";

/** One better-sqlite3 connection. Everything is answered at once; each shape is prepared once. */
export class NativeSession implements SqlSession {
  /** A write failed because the connection can only read. */
  refusedToWrite = false;
  private readonly location: string;
  private connection: Database;
  private prepared = new WeakMap<Statement, Prepared<SqlValue[], Row>>();
  /** What was asked for before: in a batch, or a loop of reads, it is the same each time. */
  private last:
    | { readonly statement: Statement; readonly prepared: Prepared<SqlValue[], Row> }
    | undefined;

  constructor(database: Database, location: string) {
    this.connection = database;
    this.location = location;
  }

  get database(): Database {
    return this.connection;
  }

  /** Goes on with another connection. @throws TypeError while somebody reads; then nothing is changed */
  replace(database: Database): void {
    this.connection.close();
    this.connection = database;
    this.prepared = new WeakMap();
    this.last = undefined;
    this.refusedToWrite = false;
  }

  private prepare(statement: Statement): Prepared<SqlValue[], Row> {
    if (this.last?.statement !== statement)
      this.last = { statement, prepared: this.find(statement) };
    return this.last.prepared;
  }

  private find(statement: Statement): Prepared<SqlValue[], Row> {
    const known = this.prepared.get(statement);
    if (known !== undefined) return known;
    const prepared = this.connection.prepare<SqlValue[], Row>(statement.sql);
    // A handed connection may have been told to hand out BigInts.
    if (prepared.reader) prepared.raw(true).safeIntegers(false);
    this.prepared.set(statement, prepared);
    return prepared;
  }

  all(statement: Statement, parameters: readonly SqlValue[]): readonly Row[] {
    try {
      return this.prepare(statement).all(...parameters);
    } catch (error) {
      throw explainSqlite(error, this.location);
    }
  }

  get(statement: Statement, parameters: readonly SqlValue[]): Row | undefined {
    try {
      return this.prepare(statement).get(...parameters);
    } catch (error) {
      throw explainSqlite(error, this.location);
    }
  }

  run(statement: Statement, parameters: readonly SqlValue[]): number {
    try {
      return this.prepare(statement).run(...parameters).changes;
    } catch (error) {
      this.refusedToWrite ||= isReadOnly(error);
      throw explainSqlite(error, this.location);
    }
  }
}
