import { StorageError } from "@cutover/core";
import type { Pool, PoolConfig } from "pg";
import { PoolConnections } from "./pool-connections.ts";

/** How connections of our own are made. */
export interface PoolOptions {
  /** Connections at most. Default: 10. */
  readonly poolSize?: number;
  /** How long one connection may lie idle before it is closed, in milliseconds. Default: 30,000. */
  readonly idleTimeoutMs?: number;
  /** How long to wait for a connection, in milliseconds. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long a single statement may take before the server gives it up, in milliseconds. Default: 60,000. */
  readonly statementTimeoutMs?: number;
  /**
   * How long a transaction may do nothing before the server ends its connection, in milliseconds; it
   * frees what a process holds that stopped without dying. Default: 120,000.
   */
  readonly idleTransactionTimeoutMs?: number;
}

/** Server and database of an address, without user and password. */
export function locationOf(connectionString: string): string {
  try {
    const { host, hostname, pathname, searchParams } = new URL(connectionString);
    const socket = searchParams.get("host");
    return `postgres://${hostname === "" && socket !== null ? socket : host}${pathname}`;
  } catch {
    // The text of an address that cannot be read may hold a password.
    throw new StorageError(
      "CONFIG_INVALID",
      "the connectionString cannot be read; it is postgres://user:password@host:port/database",
    );
  }
}

const settings = [
  // An application's defaults are not ours.
  "-c default_transaction_isolation=read\\ committed",
  "-c search_path=pg_catalog",
].join(" ");

/** @throws StorageError CONFIG_INVALID when pg is not installed */
async function makePool(config: PoolConfig): Promise<Pool> {
  let pg: typeof import("pg");
  try {
    pg = await import("pg");
  } catch (cause) {
    throw new StorageError("CONFIG_INVALID", "the package pg is needed; install it", { cause });
  }
  return new pg.default.Pool(config);
}

/** A pool of our own, opened at first use. */
export function ownPool(
  connectionString: string,
  options: PoolOptions & { readonly readOnly: boolean },
): PoolConnections {
  const {
    poolSize = 10,
    idleTimeoutMs = 30_000,
    connectTimeoutMs = 10_000,
    statementTimeoutMs = 60_000,
    idleTransactionTimeoutMs = 120_000,
  } = options;
  if (!Number.isSafeInteger(poolSize) || poolSize < 2)
    throw new StorageError("CONFIG_INVALID", "poolSize must be a whole number of 2 or more");
  const config: PoolConfig = {
    connectionString,
    // A transaction has one to itself, and reads beside it need another.
    max: poolSize,
    idleTimeoutMillis: idleTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleTransactionTimeoutMs,
    application_name: "cutover",
    keepAlive: true,
    allowExitOnIdle: true,
    options: options.readOnly ? `${settings} -c default_transaction_read_only=on` : settings,
  };
  const location = locationOf(connectionString);
  return new PoolConnections({ location, owned: true, pool: () => makePool(config) });
}
