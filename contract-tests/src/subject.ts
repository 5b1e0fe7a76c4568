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

/** An adapter under test. */
export interface ContractSubject {
  /** Shown in test titles: `json`, `sqlite`, `json without a lock`. */
  readonly name: string;
  /**
   * Opens the store that lies at `location`, a folder of the suite's own that is empty the first
   * time. Opening the same location again must find what was written there, unless
   * `capabilities.durability` is `none`.
   */
  open(location: string, options: SubjectOptions): Promise<StorageBackend>;
  /**
   * A module with an export `open` that does the same, to be imported by a second process.
   * Required when `capabilities.multiProcess` is true.
   */
  readonly module?: URL;
}
