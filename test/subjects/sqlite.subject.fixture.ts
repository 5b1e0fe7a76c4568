import { join } from "node:path";
import type { StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "@cutover/contract-tests";
import { sqliteBackend } from "@cutover/kysely/sqlite";

/** Name of the database in a subject's folder. */
export const databaseName = "data.db";

/** Opens a database in a folder. */
export async function open(location: string, options: SubjectOptions): Promise<StorageBackend> {
  return sqliteBackend({ path: join(location, databaseName), ...options });
}
