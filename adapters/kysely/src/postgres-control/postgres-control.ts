import { StorageError, type ControlStore } from "@cutover/core";
import type { Pool } from "pg";
import { engineNamed, type Engine, type EngineName } from "../postgres/engine.ts";
import { ownConnections, pooledConnections } from "./connection-source.ts";
import { placeIn } from "./control-schema.ts";
import { describeAddress, describePool } from "./location.ts";
import { PostgresControlStore } from "./postgres-control-store.ts";

interface CommonOptions {
  /**
   * The schema for the control store's tables, made where it is missing: up to 63 of `a` to `z`,
   * `0` to `9` and `_`. Nothing else may lie in it. Default: `cutover_control`.
   */
  readonly schema?: string;
  /**
   * Make the control store where there is none. `false`: `open()` rejects with SCHEMA_OUTDATED
   * then, and nothing is made, as befits whoever knows that one has to be there. Default: true.
   */
  readonly mayCreate?: boolean;
  /**
   * The engine behind the server; any other is refused. Those without advisory locks use rows, for
   * which they need one more connection for each lock that is shared. `cockroachdb` and
   * `yugabytedb` are by design only: that way was run on PostgreSQL, and never on them. All
   * processes that use one schema have to name the same. Default: `postgresql`.
   */
  readonly engine?: EngineName;
  /**
   * What marks and records are to survive. `power-loss` refuses a server that runs with `fsync` or
   * `full_page_writes` off. Default: `power-loss`.
   */
  readonly durability?: "power-loss" | "process-crash";
  /** The present, in milliseconds since 1970, for the age of marks. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** What {@link postgresControl} accepts. */
export type PostgresControlOptions = CommonOptions &
  (
    | {
        /**
         * The server's address, such as `postgres://user:password@host/database`; or those of a
         * primary and its standbys, `…@one,two/database`, of which the primary is found.
         */
        readonly connectionString: string;
      }
    | {
        /**
         * A pool of the package `pg`, which stays yours. Four connections are taken out of it for as
         * long as the store is open, and one more for each lock that is held exclusively or waited
         * for; it must have room for 6 of them beside what the application uses.
         */
        readonly pool: Pool;
      }
  );

/**
 * A control store in a schema of a Postgres database, for any number of processes on any machines.
 * Marks and records survive a power cut of the server; locks end with the connection, and with the
 * process, that holds them. Between the process and the server there may be a pooler only if it
 * gives each connection a server connection of its own (session mode).
 *
 * @throws StorageError CONFIG_INVALID for a schema that is no plain name, or a pool that is too small
 * @example
 * const control = postgresControl({ connectionString: process.env.DATABASE_URL });
 * await control.open();
 */
export function postgresControl(options: PostgresControlOptions): ControlStore {
  return controlOn(engineNamed(options.engine), options);
}

/** A control store on an engine, whatever the options say of it. */
export function controlOn(engine: Engine, options: PostgresControlOptions): ControlStore {
  const { schema = "cutover_control", durability = "power-loss", clock = Date.now } = options;
  const { mayCreate = true } = options;
  const place = placeIn(schema);
  const isPooled = "pool" in options;
  if (isPooled) checkRoom(options.pool);
  const address = isPooled ? describePool(options.pool) : describeAddress(options.connectionString);
  return new PostgresControlStore({
    source: isPooled
      ? pooledConnections(options.pool)
      : ownConnections(options.connectionString, address),
    place,
    engine,
    mayCreate,
    location: `${address}, schema ${schema}`,
    survivesPowerLoss: durability === "power-loss",
    nowMs: () => Math.floor(clock()),
  });
}

/** Four for itself, one for a lock that is held and one for a lock that is waited for. */
const leastRoom = 6;

/** In a pool that is too small it would wait for itself. */
function checkRoom({ options: { max } }: Pool): void {
  if (max >= leastRoom) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `a control store needs a pool with room for ${leastRoom} connections beside the application's; this one has ${max}`,
  );
}
