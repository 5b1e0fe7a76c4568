import { StorageError } from "@cutover/core";
import { statement, type Statement } from "../sql/statement.ts";
import type { ConfirmedHoldings } from "./control-locks.ts";
import type { ControlConnection } from "./control-connection.ts";
import type { Fence } from "./fence.ts";

interface RowHolding {
  readonly name: string;
  /** What this process wrote down when it took the lock. */
  readonly holder: string;
}

/**
 * What this process holds exclusively by rows. A transaction is open as long as a lock is held, so
 * nothing else commits on its connection; instead whoever takes the lock next, in whatever mode,
 * overwrites the holder first, and waits with that for a transaction that has looked at it.
 */
export class RowHoldings implements ConfirmedHoldings {
  readonly latest = undefined;
  private readonly fence: Fence;
  private readonly look: Statement;
  private readonly holdings: RowHolding[] = [];

  constructor(fence: Fence, schema: string) {
    this.fence = fence;
    this.look = statement(
      `SELECT holder FROM ${schema}.lock_holders WHERE holder = ANY($1::text[]) ORDER BY name FOR SHARE`,
    );
  }

  /** @returns what to call when it is held no more */
  enter(connection: ControlConnection, holding: RowHolding): () => void {
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

  async confirm(connection: ControlConnection): Promise<void> {
    this.fence.check();
    const held = this.holdings.map(({ holder }) => holder);
    if (held.length === 0) return;
    const found = new Set((await connection.all(this.look, [held])).map(([holder]) => holder));
    this.fence.check();
    // What was given back while the server was asked may be somebody else's by now.
    const lost = this.holdings.some(({ holder }) => held.includes(holder) && !found.has(holder));
    if (!lost) return;
    const message = `${connection.location}: a lock that was held is another's by now`;
    throw new StorageError("LOCK_LOST", message);
  }
}
