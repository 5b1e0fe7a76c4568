import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { EntryBatches } from "./comparison.ts";

/** Fills the collections of a database that is being made. */
export interface CollectionLoader {
  /** Writes all records of a collection, in order; an empty stream makes an empty collection. */
  load(definition: CollectionDefinition, batches: EntryBatches): Promise<unknown>;
}

/**
 * Makes a new database, mode 0600, durable when it resolves.
 * @throws whatever `fill` throws; then there is no file
 */
export async function createDatabase(
  path: string,
  collections: readonly CollectionDefinition[],
  fill: (loader: CollectionLoader) => Promise<void>,
): Promise<void> {
  // Loaded late: the driver takes tens of milliseconds that other commands need not spend.
  const { loadSqlite } = await import("@cutover/kysely/sqlite");
  await loadSqlite({ path, collections }, fill);
}

/** Opens a database as the application would. */
export async function openDatabase(
  path: string,
  collections: readonly CollectionDefinition[],
): Promise<StorageBackend> {
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  const store = sqliteBackend({ path, collections });
  try {
    // The adapter opens at the first call; a lock that is taken next must find it open.
    await store.info();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
