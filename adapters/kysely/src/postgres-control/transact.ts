import { StorageError, TurnQueue } from "@cutover/core";
import { again } from "./again.ts";
import type { ControlConnection } from "./control-connection.ts";
import { isConflict } from "./control-error.ts";
import type { ConfirmedHoldings } from "./control-locks.ts";
import type { LockConnections } from "./lock-connections.ts";

/** How long a transaction waits for those of others, in milliseconds. */
const patienceMs = 10_000;

/**
 * Runs a transaction, one at a time in this process, on a connection that nobody else speaks on;
 * again where the server gives it up because of others.
 *
 * @throws StorageError LOCK_LOST, having changed nothing; COMMIT_UNKNOWN; what `work` throws
 */
export type Transact = <T>(work: (connection: ControlConnection) => Promise<T>) => Promise<T>;

/** Transactions that come to nothing unless every lock that is held exclusively was held to their end. */
export class Transactions {
  private readonly held: ConfirmedHoldings;
  private readonly connections: LockConnections;
  private readonly turns = new TurnQueue();

  constructor(held: ConfirmedHoldings, connections: LockConnections) {
    this.held = held;
    this.connections = connections;
  }

  async run<T>(work: (connection: ControlConnection) => Promise<T>): Promise<T> {
    const endTurn = await this.turns.take({ timeoutMs: patienceMs, signal: undefined });
    try {
      // What commits on the connection that holds a lock cannot outlive the lock.
      const { latest } = this.held;
      if (latest !== undefined) return await again(() => this.runOn(latest, work));
      const connection = await this.connections.take();
      try {
        return await again(() => this.runOn(connection, work));
      } finally {
        await this.connections.putBack(connection);
      }
    } finally {
      endTurn();
    }
  }

  private async runOn<T>(
    connection: ControlConnection,
    work: (connection: ControlConnection) => Promise<T>,
  ): Promise<T> {
    await connection.script(`BEGIN; SET LOCAL lock_timeout = ${patienceMs}`);
    let result: T;
    try {
      result = await work(connection);
      await this.held.confirm(connection);
    } catch (error) {
      await connection.script("ROLLBACK").catch(() => connection.end());
      throw error;
    }
    await commitOn(connection);
    return result;
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.turns.idle();
  }
}

async function commitOn(connection: ControlConnection): Promise<void> {
  try {
    await connection.script("COMMIT");
  } catch (cause) {
    // Given up, and that is known.
    if (isConflict(cause)) throw cause;
    throw new StorageError(
      "COMMIT_UNKNOWN",
      `${connection.location}: the connection was lost during the commit; read again before repeating`,
      { cause },
    );
  }
}
