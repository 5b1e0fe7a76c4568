import { join } from "node:path";
import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import { loadCollection, type LoadRecord } from "./load-record.ts";

/** Two, so that transactions span collections. */
export const collections: readonly CollectionDefinition<LoadRecord>[] = [
  loadCollection("load"),
  loadCollection("more"),
];

/** Opens a database in a folder. */
export async function open(folder: string): Promise<StorageBackend> {
  return sqliteBackend({ path: join(folder, "data.db"), collections });
}
