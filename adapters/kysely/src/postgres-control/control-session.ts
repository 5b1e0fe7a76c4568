import { StorageError } from "@cutover/core";
import { again } from "./again.ts";
import type { Statement } from "../sql/statement.ts";
import type { Connector } from "./connector.ts";
import type { CommitKind, ControlConnection, PostgresRow } from "./control-connection.ts";

/** A connection that is made anew when it was lost. */
export class ControlSession {
  private readonly connector: Connector;
  private readonly kind: CommitKind;
  private current: ControlConnection | undefined;
  private opening: Promise<ControlConnection> | undefined;
  private ended = false;

  constructor(connector: Connector, kind: CommitKind) {
    this.connector = connector;
    this.kind = kind;
  }

  get location(): string {
    return this.connector.location;
  }

  /** The connection, which lives as far as is known here. @throws StorageError CONNECTION_LOST */
  async live(): Promise<ControlConnection> {
    const { current } = this;
    if (current?.isAlive === true) return current;
    this.opening ??= this.open();
    return this.opening;
  }

  private async open(): Promise<ControlConnection> {
    try {
      if (this.ended) throw new StorageError("BACKEND_CLOSED", `${this.location} has been closed`);
      await this.current?.end();
      this.current = await this.connector.open(this.kind);
      return this.current;
    } finally {
      this.opening = undefined;
    }
  }

  /** Runs one statement to its end once. @throws StorageError CONNECTION_LOST when nobody knows what became of it */
  async all(statement: Statement, values: readonly unknown[]): Promise<readonly PostgresRow[]> {
    return again(async () => {
      const connection = this.current?.isAlive === true ? this.current : await this.live();
      return connection.all(statement, values);
    });
  }

  /** As {@link all}, for what only reads: a connection that is lost meanwhile is made anew, once. */
  async read(statement: Statement, values: readonly unknown[]): Promise<readonly PostgresRow[]> {
    try {
      return await this.all(statement, values);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "CONNECTION_LOST") throw error;
      return this.all(statement, values);
    }
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.opening?.catch(() => undefined);
    await this.current?.end();
  }
}
