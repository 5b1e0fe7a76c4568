import { statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import { Holdings, type Holding } from "./holdings.ts";

/** The server shows a lock's number in two halves. */
const heldLocks = statement(
  `SELECT pid::text, ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock' AND pid = ANY($1::int[])
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND ((classid::bigint << 32) | objid::bigint) = ANY($2::bigint[])`,
);

const nameOf = (pid: unknown, lock: unknown): string => `${String(pid)} ${String(lock)}`;

/** What this process holds exclusively by advisory locks, whose numbers are the tokens. */
export class ExclusiveHoldings extends Holdings {
  /** The connection that took a lock last: what commits on it cannot outlive that lock. */
  get latest(): ControlConnection | undefined {
    return this.holdings.at(-1)?.connection;
  }

  protected async ask(
    connection: ControlConnection,
    held: readonly Holding[],
  ): Promise<(holding: Holding) => boolean> {
    const pids = held.map((holding) => holding.connection.pid);
    const locks = held.map(({ token }) => token);
    const rows = await connection.all(heldLocks, [pids, locks]);
    const found = new Set(rows.map(([pid, lock]) => nameOf(pid, lock)));
    return (holding) => found.has(nameOf(holding.connection.pid, holding.token));
  }
}
