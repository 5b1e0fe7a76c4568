import {
  backendFrom,
  StorageError,
  type CollectionDefinition,
  type StorageBackend,
} from "@cutover/core";
import type { Database } from "better-sqlite3";
import type { AnyKysely } from "../driver/any-kysely.ts";
import { SqlDriver } from "../driver/sql-driver.ts";
import type { SqliteConnections } from "./connections.ts";
import { FileConnections } from "./file-connections.ts";
import { HandedDatabase } from "./handed-database.ts";
import { HandedKysely } from "./handed-kysely.ts";
import type { Synchronous } from "./pragmas.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** What {@link sqliteBackend} accepts whatever it is to open. */
export interface SqliteCommonOptions {
  /** Collections whose tables are made ready when the database is opened. Default: at first use. */
  readonly collections?: readonly CollectionDefinition[];
  /**
   * `full`: an acknowledged write survives a power cut. `normal`: it survives the end of the
   * process, and costs no fsync. `capabilities.durability` tells. Default: `full`.
   */
  readonly synchronous?: Synchronous;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write waits for others, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** Refuse every write and change nothing, not even the schema. Default: false. */
  readonly readOnly?: boolean;
}

/** Where the database is. What is handed in stays open and is the caller's to close. */
export type SqliteOptions = SqliteCommonOptions &
  ({ readonly path: string } | { readonly database: Database } | { readonly kysely: AnyKysely });

function connectionsFor(options: SqliteOptions): SqliteConnections {
  const { readOnly = false } = options;
  if ("path" in options) return new FileConnections(options.path, readOnly);
  if ("database" in options) return new HandedDatabase(options.database, readOnly);
  if ("kysely" in options) return new HandedKysely(options.kysely, readOnly);
  throw new StorageError("CONFIG_INVALID", "sqliteBackend needs a path, a database or a kysely");
}

/**
 * Stores collections as tables of an SQLite database, with real columns for declared fields, so
 * that a plain `sqlite3` shell and a plain Kysely query can use them too.
 *
 * With `path` it owns the file: creates it for its owner alone, marks it, and refuses a database
 * of another application. With `database` or `kysely` it keeps to tables of its own in what it was
 * handed, sets WAL mode and durability on that connection, and leaves it open.
 *
 * @returns at once; the database is opened by the first call
 * @throws StorageError CONFIG_INVALID when nothing to open was given. The first call may reject
 *   with CONFIG_INVALID (a foreign database), FORMAT_TOO_NEW, SCHEMA_OUTDATED (read only),
 *   CORRUPT_DATA or IO_FAILED
 * @example
 * const storage = sqliteBackend({ path: "data/app.db", collections: [models] });
 */
export function sqliteBackend(options: SqliteOptions): StorageBackend {
  const { synchronous = "full", clock = Date.now, lockTimeoutMs, collections = [] } = options;
  const store = new SqliteStore({
    connections: connectionsFor(options),
    synchronous,
    inMemory: "database" in options && options.database.memory,
    nowMs: clock,
  });
  const backend = backendFrom(new SqlDriver(store), {
    clock,
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
  for (const definition of collections) backend.collection(definition);
  return backend;
}
