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
  private readonly prepared: PreparedNames;
  private readonly back: (link: PoolLink) => void;

  constructor(client: AnyClient, back: (link: PoolLink) => void) {
    this.client = client;
    this.prepared = preparedOn(client);
    this.back = back;
    client.on("error", unheard);
  }

  send(steps: readonly Step[]): Promise<readonly Outcome[]> {
    const batch = new WireBatch(steps, this.prepared);
    this.client.query(batch);
    return batch.settled;
  }

  release(broken: boolean): void {
    if (broken) this.end(true);
    else this.back(this);
  }

  /** Gives the client back to its pool. */
  end(broken: boolean): void {
    this.client.release(broken);
    // Of one that is ended, nobody else hears what comes until it is gone.
    if (!broken) this.client.off("error", unheard);
  }
}

/** A pool of pg's: of our own, or handed in. */
export class PoolConnections implements PgConnections {
  readonly location: string | undefined;
  private readonly makePool: () => Promise<AnyPool>;
  private readonly owned: boolean;
  private pool: Promise<AnyPool> | undefined;
  /** The last one given back, for whoever comes within this turn of the event loop. */
  private spare: PoolLink | undefined;

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
    const { spare } = this;
    if (spare !== undefined) {
      this.spare = undefined;
      return spare;
    }
    const pool = await this.open();
    const client = await pool.connect();
    if (!client.pipeline) return new PoolLink(client, this.back);
    client.release();
    throw new StorageError(
      "CONFIG_INVALID",
      "the pool's clients have `pipeline` on, with which they take no statements that belong together; " +
        "hand in a pool without it",
    );
  }

  /** A call that follows at once needs not ask the pool, which costs as much as a small read. */
  private readonly back = (link: PoolLink): void => {
    if (this.spare !== undefined) return link.end(false);
    this.spare = link;
    setImmediate(this.giveBack);
  };

  private readonly giveBack = (): void => {
    const { spare } = this;
    this.spare = undefined;
    spare?.end(false);
  };

  async close(): Promise<void> {
    this.giveBack();
    const pool = await this.pool;
    if (pool === undefined) return;
    if (this.owned) await pool.end();
    else pool.off("error", unheard);
  }
}
