import { StorageError } from "@cutover/core";
import type { ControlConnection } from "./control-connection.ts";
import type { ConfirmedHoldings } from "./control-locks.ts";
import type { Fence } from "./fence.ts";

/** A lock that this process holds exclusively, and loses with a connection. */
export interface Holding {
  readonly connection: ControlConnection;
  /** What the server knows it by. */
  readonly token: string;
}

/** What this process holds exclusively, whatever the server knows of it. */
export abstract class Holdings implements ConfirmedHoldings {
  abstract readonly latest: ControlConnection | undefined;
  protected readonly holdings: Holding[] = [];
  private readonly fence: Fence;

  constructor(fence: Fence) {
    this.fence = fence;
  }

  /** @returns what to call when it is held no more */
  enter(connection: ControlConnection, token: string): () => void {
    const holding = { connection, token };
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

  /** Asks the server. @returns whether it knows one of those to be held */
  protected abstract ask(
    connection: ControlConnection,
    held: readonly Holding[],
  ): Promise<(holding: Holding) => boolean>;

  /**
   * Asks the server whether everything that is held here is: a connection may have been given up by
   * one end before the other knows.
   *
   * @throws StorageError LOCK_LOST
   */
  async confirm(connection: ControlConnection): Promise<void> {
    this.fence.check();
    const held = [...this.holdings];
    if (held.length === 0) return;
    const isKnown = await this.ask(connection, held);
    this.fence.check();
    // What was given back while the server was asked may be somebody else's by now.
    const lost = held.some((holding) => this.holdings.includes(holding) && !isKnown(holding));
    if (!lost) return;
    const message = `${connection.location}: a lock that was held is another's by now`;
    throw new StorageError("LOCK_LOST", message);
  }
}
