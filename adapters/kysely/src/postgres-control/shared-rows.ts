import type { ControlLock } from "@cutover/core";
import type { ControlConnection } from "./control-connection.ts";
import type { Fence } from "./fence.ts";
import type { LockConnections } from "./lock-connections.ts";

/** One row that is shared on one connection, by everybody in this process who came meanwhile. */
export interface SharedRow {
  readonly connection: ControlConnection;
  users: number;
  readonly forget: () => void;
}

/** What this process shares of one lock. The last who lets go gives the connection back. */
export class SharedRows {
  /** Resolves when what was let go of is free on the server, too. */
  released: Promise<unknown> = Promise.resolve();
  private readonly connections: LockConnections;
  private readonly fence: Fence;
  private readonly rows = new Set<SharedRow>();

  constructor(connections: LockConnections, fence: Fence) {
    this.connections = connections;
    this.fence = fence;
  }

  get all(): readonly SharedRow[] {
    return [...this.rows];
  }

  /** Shares what this process shares already; undefined where it does not. */
  join(): ControlLock | undefined {
    const [row] = this.rows;
    return row === undefined ? undefined : this.use(row);
  }

  /** @param connection has the row locked */
  begin(connection: ControlConnection): ControlLock {
    const forget = connection.onLost(() => this.lose(connection));
    const row = { connection, users: 0, forget };
    if (connection.isAlive) this.rows.add(row);
    return this.use(row);
  }

  private use(row: SharedRow): ControlLock {
    row.users++;
    return this.fence.hold(row.connection, () => {
      if (--row.users === 0) this.end(row);
    });
  }

  private lose(connection: ControlConnection): void {
    for (const row of this.rows) if (row.connection === connection) this.end(row);
  }

  private end(row: SharedRow): void {
    if (!this.rows.delete(row)) return;
    row.forget();
    this.released = Promise.all([this.released, this.connections.putBack(row.connection)]);
  }
}
