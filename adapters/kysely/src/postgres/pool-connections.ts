import { StorageError } from "@cutover/core";
import type { PoolClient } from "pg";
import type { Outcome, PgConnections, PgLink, Step } from "./link.ts";
import { WireBatch, type PreparedNames } from "./wire-batch.ts";

/** What is needed of a client of pg's. */
export type AnyClient = Pick<PoolClient, "query" | "release" | "on" | "off">;

/** What is needed of a pool of pg's. */
export interface AnyPool {
  connect(): Promise<PoolClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  end(): Promise<void>;
}

// A client keeps what it has prepared as long as it lives, whoever leases it.
const preparedBy = new WeakMap<object, PreparedNames>();

function preparedOn(client: object): PreparedNames {
  const known = preparedBy.get(client) ?? new Map();
  preparedBy.set(client, known);
  return known;
}

// An error between two queries is noticed by the next one; unheard, it would end the process.
const unheard = (): void => {};

class PoolLink implements PgLink {
  private readonly client: AnyClient;

  constructor(client: AnyClient) {
    this.client = client;
    client.on("error", unheard);
  }

  send(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const batch = new WireBatch(steps, preparedOn(this.client));
    this.client.query(batch);
    return batch.settled;
  }

  release(broken: boolean): void {
    this.client.release(broken);
    this.client.off("error", unheard);
  }
}

/** A pool of pg's: of our own, or handed in. */
export class PoolConnections implements PgConnections {
  readonly location: string | undefined;
  private readonly makePool: () => Promise<AnyPool>;
  private readonly owned: boolean;
  private pool: Promise<AnyPool> | undefined;

  constructor(options: {
    readonly location: string | undefined;
    readonly owned: boolean;
    readonly pool: () => Promise<AnyPool>;
  }) {
    this.location = options.location;
    this.owned = options.owned;
    this.makePool = options.pool;
  }

  private open(): Promise<AnyPool> {
    this.pool ??= this.makePool().then((pool) => {
      pool.on("error", unheard);
      return pool;
    });
    return this.pool;
  }

  async lease(): Promise<PgLink> {
    const pool = await this.open();
    const client = await pool.connect();
    if (!client.pipeline) return new PoolLink(client);
    client.release();
    throw new StorageError(
      "CONFIG_INVALID",
      "the pool's clients have `pipeline` on, with which they take no statements that belong together; " +
        "hand in a pool without it",
    );
  }

  async close(): Promise<void> {
    const pool = await this.pool;
    if (pool === undefined) return;
    if (this.owned) await pool.end();
    else pool.off("error", unheard);
  }
}
