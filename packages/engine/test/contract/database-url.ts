import { createHash } from "node:crypto";

/** Names the database of a test file, for its second processes too. */
export const databaseVariable = "CUTOVER_TEST_ENGINE_DATABASE";

/** The address of that database. */
export function databaseUrl(): string {
  const url = process.env[databaseVariable];
  if (url === undefined) throw new Error(`${databaseVariable} names no database`);
  return url;
}

/** A folder of the suite's stands for a schema of each store. */
export function schemaAt(location: string, part: string): string {
  return `${part}_${createHash("sha256").update(location).digest("hex").slice(0, 16)}`;
}
