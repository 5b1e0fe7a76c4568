import type { CollectionDefinition, StorageBackend } from "@cutover/core";

/** What the suite asks a store to be opened with. */
export interface SubjectOptions {
  /** All collections the clause will use. */
  readonly collections: readonly CollectionDefinition[];
  /** The present, in milliseconds since 1970, for expiry. */
  readonly clock?: () => number;
  /** How long a write waits for its turn, in milliseconds. */
  readonly lockTimeoutMs?: number;
}

/** Opens a store; see {@link ContractSubject.open}. */
export type OpenSubject = (location: string, options: SubjectOptions) => Promise<StorageBackend>;

/** An adapter under test. */
export interface ContractSubject {
  /** Shown in test titles: `json`, `sqlite`, `json without a lock`. */
  readonly name: string;
  /**
   * Opens the store that lies at `location`, a folder of the suite's own that is empty the first
   * time. Opening the same location again must find what was written there, unless
   * `capabilities.durability` is `none`.
   */
  readonly open: OpenSubject;
  /**
   * A module with an export `open` that does the same, to be imported by a second process.
   * Required unless `capabilities.durability` is `none`.
   */
  readonly module?: URL;
  /**
   * How `info()` begins to name the store at a location, where that is no path in that folder.
   * Default: the location.
   */
  place?(location: string): string;
  /**
   * Makes a store at `location`, an empty folder, out of what `backup()` wrote.
   * Required when `capabilities.backup` is true.
   */
  restore?(backup: string, location: string): Promise<void>;
}
