import { StorageError } from "@cutover/core";
import type { PoolConfig } from "pg";
import { addressesOf } from "./hosts/addresses.ts";
import { askHost } from "./hosts/ask-host.ts";
import { FailoverPool } from "./hosts/failover-pool.ts";
import { WritableHost } from "./hosts/writable-host.ts";
import { PoolConnections, type AnyPool } from "./pool-connections.ts";

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

const schemes: ReadonlySet<string> = new Set(["postgres:", "postgresql:"]);

/** Servers and database of an address, without user and password. */
export function locationOf(connectionString: string): string {
  const places = addressesOf(connectionString).map(placeOf);
  return `postgres://${places.map(({ host }) => host).join(",")}${places[0]?.path ?? ""}`;
}

function placeOf(address: string): { readonly host: string; readonly path: string } {
  try {
    const { protocol, host, hostname, pathname, searchParams } = new URL(address);
    // Without its scheme, what stands before the first colon is a user, and the rest is no path.
    if (!schemes.has(protocol)) throw new TypeError("another scheme");
    const socket = searchParams.get("host");
    return { host: hostname === "" && socket !== null ? socket : host, path: pathname };
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
async function loadDriver(): Promise<typeof import("pg")> {
  try {
    return await import("pg");
  } catch (cause) {
    throw new StorageError("CONFIG_INVALID", "the package pg is needed; install it", { cause });
  }
}

/** A pool for one server, or for whichever of several is the primary. */
async function makePool(
  addresses: readonly string[],
  place: { readonly location: string; readonly connectTimeoutMs: number },
  config: PoolConfig,
): Promise<AnyPool> {
  const { Pool } = (await loadDriver()).default;
  const pool = (address: string): InstanceType<typeof Pool> =>
    new Pool({ ...config, connectionString: address });
  const [only] = addresses;
  if (addresses.length === 1 && only !== undefined) return pool(only);
  const { location, connectTimeoutMs: timeoutMs } = place;
  const host = new WritableHost({ addresses, ask: askHost, timeoutMs, location });
  return new FailoverPool({ host, makePool: pool, timeoutMs });
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
  const addresses = addressesOf(connectionString);
  const location = locationOf(connectionString);
  const pool = (): Promise<AnyPool> => makePool(addresses, { location, connectTimeoutMs }, config);
  return new PoolConnections({ location, owned: true, pool });
}
