import { StorageError } from "@cutover/core";
import type { ClientBase, Pool } from "pg";
import { addressesOf } from "../postgres/hosts/addresses.ts";
import { askHost } from "../postgres/hosts/ask-host.ts";
import { WritableHost } from "../postgres/hosts/writable-host.ts";
import { isConnectionLoss } from "../postgres/postgres-error.ts";

/** A connection of the driver's, and how to be rid of it. */
export interface OpenedClient {
  readonly client: ClientBase;
  /** Ends it: no other user is to find what was set or locked on it. */
  end(): Promise<void>;
}

/** Where connections come from. */
export interface ConnectionSource {
  open(): Promise<OpenedClient>;
}

/** The driver is loaded when it is used: who moves to SQLite does not need it. */
async function loadDriver(): Promise<typeof import("pg")> {
  try {
    return await import("pg");
  } catch (cause) {
    const message = "Postgres needs the package `pg`, which is not installed; install it";
    throw new StorageError("CONFIG_INVALID", message, { cause });
  }
}

/** How long a connection may take to be made, in milliseconds. */
const connectMs = 10_000;

/** Connections of our own, to whichever of several servers is the primary. */
export function ownConnections(connectionString: string, location: string): ConnectionSource {
  const addresses = addressesOf(connectionString);
  const host = new WritableHost({ addresses, ask: askHost, timeoutMs: connectMs, location });
  const open = async (address: string): Promise<OpenedClient> => {
    const { Client } = await loadDriver();
    const options = { connectionTimeoutMillis: connectMs, keepAlive: true };
    const client = new Client({ connectionString: address, ...options });
    // Until somebody listens, an error that nobody asked about would end the process.
    client.on("error", () => {});
    await client.connect();
    return { client, end: () => client.end() };
  };
  const [only] = addresses;
  if (addresses.length === 1 && only !== undefined) return { open: () => open(only) };
  return { open: () => openPrimary(host, open) };
}

/** Who is known as the primary may be gone, or be a standby by now: then it is looked for anew. */
async function openPrimary(
  host: WritableHost,
  open: (address: string) => Promise<OpenedClient>,
): Promise<OpenedClient> {
  const endMs = performance.now() + connectMs;
  for (;;) {
    const address = await host.address();
    try {
      const opened = await open(address);
      if (await isPrimary(opened)) return opened;
      await opened.end();
    } catch (error) {
      if (!isConnectionLoss(error) || performance.now() > endMs) throw error;
    }
    host.forget(address);
  }
}

async function isPrimary(opened: OpenedClient): Promise<boolean> {
  try {
    const query = "SELECT pg_is_in_recovery() AS standby";
    const { rows } = await opened.client.query<{ standby: boolean }>(query);
    return rows[0]?.standby === false;
  } catch (error) {
    await opened.end().catch(() => undefined);
    throw error;
  }
}

/** Connections out of a pool of the user's, which are not given back to be used by others. */
export function pooledConnections(pool: Pool): ConnectionSource {
  return {
    open: async () => {
      const client = await pool.connect();
      client.on("error", () => {});
      return { client, end: async () => client.release(true) };
    },
  };
}
