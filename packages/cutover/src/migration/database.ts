import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import type { EntryBatches } from "./comparison.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { openRawDatabase } from "./raw-database.ts";
import { asStored } from "./stored-collections.ts";

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

async function open(
  path: string,
  collections: readonly CollectionDefinition[],
  readOnly: boolean,
): Promise<StorageBackend> {
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  const store = sqliteBackend({ path, collections, readOnly });
  try {
    // The adapter opens at the first call; a lock that is taken next must find it open.
    await store.info();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens a database as the application would. */
export function openDatabase(
  path: string,
  collections: readonly CollectionDefinition[],
): Promise<StorageBackend> {
  return open(path, collections, false);
}

/**
 * Runs work that only looks at a database, by the definitions it was written with: nothing is
 * changed, not even its schema.
 * @returns what `work` returned
 */
export async function lookAtDatabase<T>(
  target: Pick<MigrationTarget, "databasePath" | "collections">,
  work: (store: StorageBackend, collections: readonly CollectionDefinition[]) => Promise<T>,
): Promise<T> {
  const { databasePath } = target;
  try {
    const collections = asStored(target.collections, databasePath);
    const store = await open(databasePath, collections, true);
    try {
      return await work(store, collections);
    } finally {
      await store.close();
    }
  } finally {
    tidyJournal(databasePath);
  }
}

/** A reader cannot take away the empty journal that it made; the last one to close that may can. */
function tidyJournal(path: string): void {
  try {
    const database = openRawDatabase(path);
    try {
      database.pragma("schema_version", { simple: true });
    } finally {
      database.close();
    }
  } catch {
    // Busy or not writable: an empty journal does no harm.
  }
}
