import type { CollectionDefinition } from "@cutover/core";
import type { NewFileOptions } from "../config/cutover-config.ts";

/** What is migrated: a data folder, its collections, and the database that takes them. */
export interface MigrationTarget {
  /** Absolute path of the data folder. */
  readonly folder: string;
  readonly collections: readonly CollectionDefinition[];
  /** Absolute path of the database in charge, or to be in charge. */
  readonly databasePath: string;
  /** How files are written that a rollback has to make. Default: two spaces, UTF-8, a final newline. */
  readonly newFiles?: NewFileOptions;
  /** Digest of the definitions, kept in the record. */
  readonly configDigest?: string;
}
