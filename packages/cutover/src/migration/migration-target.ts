import type { CollectionDefinition } from "@cutover/core";

/** What is migrated: a data folder, its collections, and the database that takes them. */
export interface MigrationTarget {
  /** Absolute path of the data folder. */
  readonly folder: string;
  readonly collections: readonly CollectionDefinition[];
  /** Absolute path of the database in charge, or to be in charge. */
  readonly databasePath: string;
  /** Digest of the definitions, kept in the record. */
  readonly configDigest?: string;
}
