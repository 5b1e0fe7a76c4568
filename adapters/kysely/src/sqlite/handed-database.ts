import type { MaybePromise } from "@cutover/core";
import type { Database } from "better-sqlite3";
import type { SqlSession } from "../driver/sql-session.ts";
import type { Row, SqlValue, Statement } from "../sql/statement.ts";
import type { Lease, SqliteConnections } from "./connections.ts";
import { NativeSession } from "./native-session.ts";

/** Reads wait while a transaction of ours is open on the one connection there is. */
class WaitingSession implements SqlSession {
  private readonly session: NativeSession;
  private gate: Promise<void> | undefined;

  constructor(session: NativeSession) {
    this.session = session;
  }

  /** @returns what lets reads go on */
  close(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gate = promise;
    return () => {
      this.gate = undefined;
      resolve();
    };
  }

  private after<T>(read: () => T): MaybePromise<T> {
    return this.gate === undefined ? read() : this.gate.then(() => this.after(read));
  }

  all(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<readonly Row[]> {
    return this.after(() => this.session.all(statement, parameters));
  }

  get(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<Row | undefined> {
    return this.after(() => this.session.get(statement, parameters));
  }

  run(statement: Statement, parameters: readonly SqlValue[]): MaybePromise<number> {
    return this.after(() => this.session.run(statement, parameters));
  }
}

/** A better-sqlite3 connection that the application opened, and closes. */
export class HandedDatabase implements SqliteConnections {
  readonly location: string | undefined;
  readonly owned = false;
  readonly readOnly: boolean;
  // The application's own statements would end up in the transaction.
  readonly mayPause = false;
  private readonly database: Database;
  private readonly session: NativeSession;
  private readonly waiting: WaitingSession;
  private busyTimeoutMs: unknown;

  constructor(database: Database, readOnly: boolean) {
    this.database = database;
    this.location = database.memory ? undefined : database.name;
    this.readOnly = readOnly || database.readonly;
    this.session = new NativeSession(database, this.location ?? "the database handed in");
    this.waiting = new WaitingSession(this.session);
  }

  get reader(): SqlSession {
    return this.waiting;
  }

  async open(): Promise<void> {
    this.busyTimeoutMs = this.database.pragma("busy_timeout", { simple: true });
  }

  async lease(): Promise<Lease> {
    const reopen = this.waiting.close();
    return {
      session: this.session,
      inTransaction: () => this.database.inTransaction,
      release: reopen,
    };
  }

  sessions(): readonly SqlSession[] {
    return [this.session];
  }

  async copyTo(path: string): Promise<void> {
    await this.database.backup(path);
  }

  async close(): Promise<void> {
    if (typeof this.busyTimeoutMs === "number" && this.database.open)
      this.database.pragma(`busy_timeout = ${this.busyTimeoutMs}`);
  }
}
