import type { Pool } from "pg";
import { locationOf } from "../postgres/pool-options.ts";

/** Where a database is, on one server or several, without user and password. */
export function describeAddress(connectionString: string): string {
  try {
    return locationOf(connectionString);
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
