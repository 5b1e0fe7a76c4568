import { StorageError } from "@cutover/core";
import { statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import type { ConfirmedHoldings } from "./control-locks.ts";
import type { Fence } from "./fence.ts";

interface ExclusiveHolding {
  readonly connection: ControlConnection;
  /** The advisory lock's number. */
  readonly lock: string;
}

/** The server shows a lock's number in two halves. */
const heldLocks = statement(
  `SELECT pid::text, ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock' AND pid = ANY($1::int[])
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND ((classid::bigint << 32) | objid::bigint) = ANY($2::bigint[])`,
);

const nameOf = (pid: unknown, lock: unknown): string => `${String(pid)} ${String(lock)}`;

/** What this process holds exclusively by advisory locks. */
export class ExclusiveHoldings implements ConfirmedHoldings {
  private readonly fence: Fence;
  private readonly holdings: ExclusiveHolding[] = [];

  constructor(fence: Fence) {
    this.fence = fence;
  }

  /** @returns what to call when it is held no more */
  enter(connection: ControlConnection, lock: string): () => void {
    const holding = { connection, lock };
    this.holdings.push(holding);
    const leave = (): void => {
      const index = this.holdings.indexOf(holding);
      if (index >= 0) this.holdings.splice(index, 1);
    };
    const forget = connection.onLost(leave);
    return () => {
      forget();
      leave();
    };
  }

  /** The connection that took a lock last: what commits on it cannot outlive that lock. */
  get latest(): ControlConnection | undefined {
    return this.holdings.at(-1)?.connection;
  }

  /**
   * Asks the server whether everything that is held here is: a connection may have been given up by
   * one end before the other knows.
   *
   * @throws StorageError LOCK_LOST
   */
  async confirm(connection: ControlConnection): Promise<void> {
    this.fence.check();
    const held = [...this.holdings];
    const pids = held.map((holding) => holding.connection.pid);
    const locks = held.map(({ lock }) => lock);
    const found = new Set(
      (await connection.all(heldLocks, [pids, locks])).map(([pid, lock]) => nameOf(pid, lock)),
    );
    this.fence.check();
    // What was given back while the server was asked need not be there any more.
    const lost = held.some(
      (holding) =>
        this.holdings.includes(holding) && !found.has(nameOf(holding.connection.pid, holding.lock)),
    );
    if (!lost) return;
    const message = `${connection.location}: a lock that was held is another's by now`;
    throw new StorageError("LOCK_LOST", message);
  }
}
