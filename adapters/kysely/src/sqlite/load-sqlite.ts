import type { CollectionDefinition, KeyedValue } from "@cutover/core";

/** What {@link loadSqlite} accepts. */
export interface LoadSqliteOptions {
  /** The database to make. It must not exist. */
  readonly path: string;
  /** Collections the database is to have, loaded or not. */
  readonly collections: readonly CollectionDefinition[];
  /** The present, in milliseconds since 1970, for what has expired. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** What was loaded. */
export interface LoadedCollection {
  readonly name: string;
  readonly records: number;
}

/** Fills a new database. */
export interface SqliteLoader {
  /**
   * Loads one collection, once, in the collection's order. Values must be as a backend hands them
   * out; they are not checked again, except that the key is a key and the key member repeats it.
   *
   * @returns how many records were loaded
   * @throws StorageError INVALID_KEY, INVALID_VALUE
   */
  load(
    definition: CollectionDefinition,
    batches: AsyncIterable<readonly KeyedValue[]> | Iterable<readonly KeyedValue[]>,
  ): Promise<number>;
}

/** Fills the database; what it throws removes the file again. */
export type LoaderWork = (loader: SqliteLoader) => Promise<void>;

/**
 * Makes a new database and fills it as fast as SQLite can: no journal, no waiting for the disk,
 * indexes last. When it resolves, the file is complete and survives a power cut; when it rejects,
 * there is no file. Nobody may open the file before.
 *
 * @returns what was loaded
 * @throws StorageError ALREADY_EXISTS naming key and constraint; CONFIG_INVALID when the path is
 *   taken; whatever `work` throws
 */
export async function loadSqlite(
  options: LoadSqliteOptions,
  work: LoaderWork,
): Promise<LoadedCollection[]> {
  // Most programs never load: they should not pay for it when they start.
  const { load } = await import("./loader.ts");
  return load(options, work);
}
