import type { ClientConfig } from "pg";
import { hostQuery, type HostState } from "./writable-host.ts";

/** A server that takes longer is asked again later, in milliseconds. */
const askMs = 2000;

/**
 * Asks a server whether it is the primary, on a connection of its own.
 *
 * @throws the connection's error
 */
export async function askHost(address: string, config: ClientConfig = {}): Promise<HostState> {
  const { Client } = await import("pg");
  const client = new Client({
    ...config,
    connectionString: address,
    connectionTimeoutMillis: askMs,
    query_timeout: askMs,
    application_name: "cutover",
  });
  // The query says it too; unheard, it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean; timeline: number }>(hostQuery);
    const [row] = rows;
    return { isStandby: row?.standby ?? true, timeline: row?.timeline ?? 0 };
  } finally {
    await client.end().catch(() => {});
  }
}
