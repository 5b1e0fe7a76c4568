import type { Connector } from "./connector.ts";
import type { ControlConnection } from "./control-connection.ts";

/** So many that nobody needs are kept: drains come every moment and hold one lock each. */
const mostIdle = 2;

/** Connections that each hold one exclusive lock, or wait for a lock. */
export class LockConnections {
  private readonly connector: Connector;
  private readonly unlock: string;
  private readonly idle: ControlConnection[] = [];
  private readonly taken = new Set<ControlConnection>();
  private closed = false;

  /** @param unlock gives up whatever is locked on a connection */
  constructor(connector: Connector, unlock: string) {
    this.connector = connector;
    this.unlock = unlock;
  }

  /** @throws StorageError CONNECTION_LOST */
  async take(): Promise<ControlConnection> {
    let connection = this.idle.pop();
    while (connection !== undefined && !connection.isAlive) {
      void connection.end();
      connection = this.idle.pop();
    }
    connection ??= await this.connector.open("durable");
    this.taken.add(connection);
    return connection;
  }

  /** Gives back a connection with whatever is locked on it. Never throws. */
  async putBack(connection: ControlConnection): Promise<void> {
    try {
      await connection.script(this.unlock);
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
