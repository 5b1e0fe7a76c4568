import { ControlConnection, type CommitKind } from "./control-connection.ts";
import type { ConnectionSource } from "./connection-source.ts";

/**
 * Makes the connections of one store, all of them to one server. A name, or a list of servers, may
 * lead to another one after a failover; what is locked or settled on the one before then means
 * nothing, though it may still answer.
 */
export class Connector {
  readonly location: string;
  private readonly source: ConnectionSource;
  private readonly connections = new Set<ControlConnection>();

  constructor(source: ConnectionSource, location: string) {
    this.source = source;
    this.location = location;
  }

  /** @throws StorageError CONNECTION_LOST, CONFIG_INVALID */
  async open(kind: CommitKind): Promise<ControlConnection> {
    const connection = await ControlConnection.open(this.source, kind, this.location);
    for (const other of this.connections) {
      if (other.server !== connection.server) void other.abandon();
    }
    this.connections.add(connection);
    connection.onLost(() => this.connections.delete(connection));
    return connection;
  }
}
