import { statement, type Statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import type { Fence } from "./fence.ts";
import { Holdings, type Holding } from "./holdings.ts";

/**
 * What this process holds exclusively by rows; tokens are what it wrote down when it took them. A
 * transaction is open as long as a lock is held, so nothing else commits on its connection; instead
 * whoever takes the lock next, in whatever mode, overwrites the holder first, and waits with that
 * for a transaction that has looked at it.
 */
export class RowHoldings extends Holdings {
  readonly latest = undefined;
  private readonly look: Statement;

  constructor(fence: Fence, schema: string) {
    super(fence);
    this.look = statement(
      `SELECT holder FROM ${schema}.lock_holders WHERE holder = ANY($1::text[]) ORDER BY name FOR SHARE`,
    );
  }

  protected async ask(
    connection: ControlConnection,
    held: readonly Holding[],
  ): Promise<(holding: Holding) => boolean> {
    const rows = await connection.all(this.look, [held.map(({ token }) => token)]);
    const found = new Set(rows.map(([holder]) => holder));
    return ({ token }) => found.has(token);
  }
}
