import { createHash } from "node:crypto";
import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { postgresBackend, restorePostgres } from "@cutover/kysely/postgres";

/** Names the database of a test file, for its second processes too. */
export const databaseVariable = "CUTOVER_TEST_POSTGRES_DATABASE";

/** The address of that database. */
export function databaseUrl(): string {
  const url = process.env[databaseVariable];
  if (url === undefined) throw new Error(`${databaseVariable} names no database`);
  return url;
}

/** A folder of the suite's stands for a schema. */
export function schemaOf(location: string): string {
  return `clause_${createHash("sha256").update(location).digest("hex").slice(0, 16)}`;
}

/** The server of the tests does not wait for its disk. */
const durability = "process-crash";

/** Opens the store of a clause; a second process imports this too. */
export const open: OpenSubject = async (location, options) =>
  postgresBackend({
    connectionString: databaseUrl(),
    schema: schemaOf(location),
    durability,
    poolSize: 4,
    ...options,
  });

/** Makes a store of a backup. */
export const restore = async (backup: string, location: string): Promise<void> => {
  const to = { connectionString: databaseUrl(), schema: schemaOf(location), durability } as const;
  await restorePostgres({ from: backup, to });
};

/** Connections of the adapter's own. */
export const subject: ContractSubject = {
  name: "postgres",
  open,
  module: new URL(import.meta.url),
  place: (location) => {
    const { host, pathname } = new URL(databaseUrl());
    return `postgres://${host}${pathname}#${schemaOf(location)}`;
  },
  restore,
};
