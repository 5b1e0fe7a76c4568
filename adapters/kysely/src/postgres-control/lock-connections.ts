import { statement } from "../sql/statement.ts";
import type { ConnectionSource } from "./connection-source.ts";
import { ControlConnection } from "./control-connection.ts";

/** So many that nobody needs are kept: drains come every moment and hold one lock each. */
const mostIdle = 2;
const unlockAll = statement("SELECT pg_advisory_unlock_all()");

/** Connections that each hold one exclusive lock, or wait for a lock. */
export class LockConnections {
  private readonly source: ConnectionSource;
  private readonly location: string;
  private readonly idle: ControlConnection[] = [];
  private readonly taken = new Set<ControlConnection>();
  private closed = false;

  constructor(source: ConnectionSource, location: string) {
    this.source = source;
    this.location = location;
  }

  /** @throws StorageError CONNECTION_LOST */
  async take(): Promise<ControlConnection> {
    let connection = this.idle.pop();
    while (connection !== undefined && !connection.isAlive) {
      void connection.end();
      connection = this.idle.pop();
    }
    connection ??= await ControlConnection.open(this.source, "durable", this.location);
    this.taken.add(connection);
    return connection;
  }

  /** Gives back a connection with whatever is locked on it. Never throws. */
  async putBack(connection: ControlConnection): Promise<void> {
    try {
      await connection.all(unlockAll, []);
      if (!this.closed && this.idle.length < mostIdle) {
        this.idle.push(connection);
        return;
      }
    } catch {
      // Ended, it gives everything back as well.
    } finally {
      this.taken.delete(connection);
    }
    await connection.end();
  }

  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.idle.splice(0), ...this.taken];
    await Promise.all(all.map((connection) => connection.end()));
  }
}
