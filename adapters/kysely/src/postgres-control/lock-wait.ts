import { statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import { isWaitOver } from "./control-error.ts";
import type { ControlSession } from "./control-session.ts";
import type { LockDeadline } from "./lock-deadline.ts";

/**
 * A wait is cut into pieces of so many milliseconds: the connection of a process that died in it
 * notices no later than that.
 */
const pieceMs = 500;
const cancelWait = statement("SELECT pg_cancel_backend($1)");

/** Waits on the server for advisory locks, which gives them in the order in which they were asked for. */
export class LockWait {
  /** To say on it that somebody no longer waits. */
  private readonly session: ControlSession;

  constructor(session: ControlSession) {
    this.session = session;
  }

  /** @param lock such as `_shared(17)` @throws StorageError LOCK_TIMEOUT; the signal's reason */
  async until(connection: ControlConnection, lock: string, deadline: LockDeadline): Promise<void> {
    for (;;) {
      deadline.check();
      const waitMs = Math.max(1, Math.ceil(Math.min(deadline.remainingMs, pieceMs)));
      const script = `SET lock_timeout = ${waitMs}; SELECT pg_advisory_lock${lock}`;
      if (await this.succeeds(connection, connection.script(script), deadline.signal)) return;
    }
  }

  private async succeeds(
    connection: ControlConnection,
    piece: Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    let cancelled: Promise<unknown> | undefined;
    const onAbort = (): void => {
      // Where that fails, the piece ends by itself.
      cancelled = this.session.all(cancelWait, [connection.pid]).catch(() => undefined);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await piece;
      return true;
    } catch (error) {
      if (isWaitOver(error)) return false;
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      // Else it could strike what is said on this connection next.
      await cancelled;
    }
  }
}
