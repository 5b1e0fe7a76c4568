import type { CollectionDefinition } from "@cutover/core";
import type { CutoverConfig } from "../config/cutover-config.ts";
import type { MigrationRecord } from "../state/migration-record.ts";

/** How the collections of a project became known. */
export type ProjectSource = "config file" | "known layout models-downloader" | "inferred";

/** A data folder with all that is known of it. */
export interface Project {
  /** The data folder, absolute. */
  readonly folder: string;
  /** Absolute; undefined when there is none. */
  readonly configFile: string | undefined;
  readonly config: CutoverConfig;
  /** The environment, for what the config names a variable of. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly collections: readonly CollectionDefinition[];
  /** Absolute. The record's database where there is a record, else the config's. */
  readonly databasePath: string;
  /** The same, relative to the data folder. */
  readonly database: string;
  /** Undefined for a folder that was never migrated. */
  readonly record: MigrationRecord | undefined;
  readonly source: ProjectSource;
  /** What a reader should know about how the project was understood. */
  readonly notes: readonly string[];
  /** Files with data that no collection could be inferred for, and why. */
  readonly leftOut: readonly string[];
}
