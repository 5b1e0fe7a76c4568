/** Something a person should know about; the storage works. */
export interface StorageWarning {
  /**
   * `originals-edited`: JSON files were changed after their migration, and the database has none of
   * it. `database-without-record`: a database lies there that no record puts in charge.
   * `json-store`: the JSON adapter has something to tell. `mirror-failed`: a unit's second store
   * could not be kept up; what it lacks is marked, and made up for. `not-migrated`: `autoMigrate`
   * did not get to its end, and why.
   */
  readonly code:
    | "originals-edited"
    | "database-without-record"
    | "json-store"
    | "mirror-failed"
    | "not-migrated";
  readonly message: string;
  /** Relative to the data folder. */
  readonly files: readonly string[];
}

/** Tells a warning to whoever opened the storage. */
export type Warn = (warning: StorageWarning) => void;
