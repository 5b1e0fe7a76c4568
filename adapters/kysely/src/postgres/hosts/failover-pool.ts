import type { Pool, PoolClient } from "pg";
import { isConnectionLoss } from "../postgres-error.ts";
import type { AnyPool } from "../pool-connections.ts";
import type { WritableHost } from "./writable-host.ts";

/** What a {@link FailoverPool} is made of. */
export interface FailoverPoolOptions {
  readonly host: WritableHost;
  /** Makes a pool of connections to one server. */
  readonly makePool: (address: string) => Pool;
  /** How long a connection may take to come by, failovers included, in milliseconds. */
  readonly timeoutMs: number;
}

interface Current {
  readonly address: string;
  readonly pool: Pool;
}

/**
 * A pool of connections to whichever of several servers is the primary. A connection that cannot be
 * made has the primary looked for anew, and those to the one before are given up as they come back.
 */
export class FailoverPool implements AnyPool {
  private readonly options: FailoverPoolOptions;
  private current: Current | undefined;
  private readonly asked = new WeakSet<PoolClient>();
  private readonly ending = new Set<Promise<void>>();
  private readonly listeners = new Set<(error: Error) => void>();

  constructor(options: FailoverPoolOptions) {
    this.options = options;
  }

  async connect(): Promise<PoolClient> {
    const endMs = performance.now() + this.options.timeoutMs;
    for (;;) {
      const current = await this.primary();
      try {
        const client = await current.pool.connect();
        if (await this.isPrimary(client)) return client;
        client.release(true);
      } catch (error) {
        if (!isConnectionLoss(error) || performance.now() > endMs) throw error;
      }
      this.leave(current);
    }
  }

  /** A new connection may have found a server that became a standby; one that was held has not. */
  private async isPrimary(client: PoolClient): Promise<boolean> {
    if (this.asked.has(client)) return true;
    try {
      const { rows } = await client.query<{ standby: boolean }>(
        "SELECT pg_is_in_recovery() AS standby",
      );
      this.asked.add(client);
      return rows[0]?.standby === false;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private async primary(): Promise<Current> {
    if (this.current !== undefined) return this.current;
    const address = await this.options.host.address();
    // Somebody else may have come back from the search before.
    if (this.current !== undefined) return this.current;
    const pool = this.options.makePool(address);
    for (const listener of this.listeners) pool.on("error", listener);
    this.current = { address, pool };
    return this.current;
  }

  private leave(given: Current): void {
    this.options.host.forget(given.address);
    if (this.current !== given) return;
    this.current = undefined;
    this.retire(given);
  }

  private retire({ pool }: Current): void {
    const ended = pool.end().catch(() => {});
    this.ending.add(ended);
    void ended.finally(() => this.ending.delete(ended));
  }

  on(_event: "error", listener: (error: Error) => void): this {
    this.listeners.add(listener);
    this.current?.pool.on("error", listener);
    return this;
  }

  off(_event: "error", listener: (error: Error) => void): this {
    this.listeners.delete(listener);
    this.current?.pool.off("error", listener);
    return this;
  }

  async end(): Promise<void> {
    if (this.current !== undefined) this.retire(this.current);
    this.current = undefined;
    await Promise.all(this.ending);
  }
}
