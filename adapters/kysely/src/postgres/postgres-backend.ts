import {
  backendFrom,
  StorageError,
  type CollectionDefinition,
  type StorageBackend,
} from "@cutover/core";
import type { AnyKysely } from "../driver/any-kysely.ts";
import { SqlDriver } from "../driver/sql-driver.ts";
import { checkSchemaName } from "./books.ts";
import { engineNamed, type Engine, type EngineName } from "./engine.ts";
import { KyselyConnections } from "./kysely-connections.ts";
import type { PgConnections } from "./link.ts";
import { PoolConnections, type AnyPool } from "./pool-connections.ts";
import { ownPool, type PoolOptions } from "./pool-options.ts";
import { PostgresStore } from "./postgres-store.ts";

/** What {@link postgresBackend} accepts whatever it is to use. */
export interface PostgresCommonOptions {
  /** The schema that holds the tables; made when it is not there. Default: `cutover`. */
  readonly schema?: string;
  /**
   * The engine behind the server; any other is refused. `cockroachdb` and `yugabytedb` keep to what
   * these engines have, by design only: the adapter was never run on them, only that way of it, on
   * PostgreSQL. All processes that use one schema have to name the same. Default: `postgresql`.
   */
  readonly engine?: EngineName;
  /** Collections whose tables are made ready when the database is first used. Default: at first use. */
  readonly collections?: readonly CollectionDefinition[];
  /**
   * `power-loss`: refuse a server that does not wait for its disk. `process-crash`: use it all the
   * same; `capabilities.durability` tells. Default: `power-loss`.
   */
  readonly durability?: "power-loss" | "process-crash";
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write waits for others, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** Refuse every write and change nothing, not even the schema. Default: false. */
  readonly readOnly?: boolean;
}

/** Which server. What is handed in stays open and is the caller's to close. */
export type PostgresOptions = PostgresCommonOptions &
  (
    | ({ readonly connectionString: string } & PoolOptions)
    | { readonly pool: AnyPool }
    | { readonly kysely: AnyKysely }
  );

/** The connections of some options. */
export function connectionsFor(options: PostgresOptions): PgConnections {
  const { readOnly = false } = options;
  if ("connectionString" in options)
    return ownPool(options.connectionString, { ...options, readOnly });
  if ("pool" in options) {
    const { pool } = options;
    return new PoolConnections({ location: undefined, owned: false, pool: async () => pool });
  }
  if ("kysely" in options) return new KyselyConnections(options.kysely);
  throw new StorageError(
    "CONFIG_INVALID",
    "postgresBackend needs a connectionString, a pool or a kysely",
  );
}

/**
 * Stores collections as tables in a schema of a PostgreSQL database, with real columns for declared
 * fields, so that `psql` and a plain Kysely query can use them too.
 *
 * With `connectionString` it has connections of its own; where that names several servers,
 * `postgres://user:password@one,two/database`, to whichever of them is the primary. With `pool` or `kysely` it borrows some of
 * the application's for a moment, and leaves them open; a Kysely costs a round trip a statement.
 * Text compares by bytes whatever the database's locale. A server that does not wait for its disk
 * is refused unless `durability` says otherwise.
 *
 * @returns at once; the server is asked by the first call
 * @throws StorageError CONFIG_INVALID when nothing to use was given. The first call may reject with
 *   CONFIG_INVALID (server, user, password, permission), CONNECTION_LOST, FORMAT_TOO_NEW or
 *   SCHEMA_OUTDATED
 * @example
 * const storage = postgresBackend({ connectionString: process.env.DATABASE_URL, collections: [models] });
 */
export function postgresBackend(options: PostgresOptions): StorageBackend {
  return backendOn(engineNamed(options.engine), options);
}

/** A store on an engine, whatever the options say of it. */
export function backendOn(engine: Engine, options: PostgresOptions): StorageBackend {
  const { schema = "cutover", durability = "power-loss", clock = Date.now } = options;
  checkSchemaName(schema);
  const store = new PostgresStore({
    connections: connectionsFor(options),
    schema,
    engine,
    durability,
    readOnly: options.readOnly ?? false,
    nowMs: clock,
  });
  const backend = backendFrom(new SqlDriver(store), {
    clock,
    ...(options.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: options.lockTimeoutMs }),
  });
  for (const definition of options.collections ?? []) backend.collection(definition);
  return backend;
}
