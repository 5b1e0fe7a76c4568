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

/** Waits for locks on the server, in pieces. */
export class LockWait {
  /** To say on it that somebody no longer waits. */
  private readonly session: ControlSession;

  constructor(session: ControlSession) {
    this.session = session;
  }

  /**
   * Waits for an advisory lock, which the server gives in the order in which it was asked for.
   *
   * @param lock such as `_shared(17)`
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  async until(connection: ControlConnection, lock: string, deadline: LockDeadline): Promise<void> {
    const script = (waitMs: number): string =>
      `SET lock_timeout = ${waitMs}; SELECT pg_advisory_lock${lock}`;
    while (!(await this.piece(connection, script, deadline)));
  }

  /**
   * Waits once, for no longer than half a second.
   *
   * @param script fails where it has to wait longer than it is told
   * @returns whether it did not fail
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  async piece(
    connection: ControlConnection,
    script: (waitMs: number) => string,
    deadline: LockDeadline,
  ): Promise<boolean> {
    deadline.check();
    const waitMs = Math.max(1, Math.ceil(Math.min(deadline.remainingMs, pieceMs)));
    return this.succeeds(connection, connection.script(script(waitMs)), deadline.signal);
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
