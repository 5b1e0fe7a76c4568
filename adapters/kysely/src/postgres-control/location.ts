import type { Pool } from "pg";

/** Where a database is, without user and password. */
export function describeAddress(connectionString: string): string {
  try {
    const { hostname, port, pathname } = new URL(connectionString);
    return `postgres://${hostname}${port === "" ? "" : `:${port}`}${pathname}`;
  } catch {
    // It may hold a password, and is refused by the driver, if at all.
    return "postgres";
  }
}

/** Where a pool's database is, without user and password. */
export function describePool({ options }: Pool): string {
  if (options.connectionString !== undefined) return describeAddress(options.connectionString);
  const { host = "localhost", port = 5432, database = "" } = options;
  return `postgres://${host}:${port}/${database}`;
}
