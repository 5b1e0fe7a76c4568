/** What {@link restoreSqlite} accepts. */
export interface RestoreSqliteOptions {
  /** The file that `backup()` wrote. It is only read. */
  readonly from: string;
  /** Where the store is to lie. Nobody may have it open. */
  readonly to: string;
  /** Put a store that is there aside, under a new name, instead of refusing. Default: false. */
  readonly replace?: boolean;
}

/** What {@link restoreSqlite} did. */
export interface RestoredSqlite {
  readonly path: string;
  /** Where the store that was there lies now. */
  readonly keptAside: string | undefined;
}

/**
 * Makes a store of a backup. The backup is copied and verified beside the target first, so a
 * failure leaves the target as it was.
 *
 * @throws StorageError CONFIG_INVALID when the target is there and `replace` was not asked for, or
 *   the backup is none; LOCK_TIMEOUT when the store is open somewhere; CORRUPT_DATA, IO_FAILED
 */
export async function restoreSqlite(options: RestoreSqliteOptions): Promise<RestoredSqlite> {
  // Most programs never restore: they should not pay for it when they start.
  const { restore } = await import("./restore.ts");
  return restore(options);
}
