import type { CollectionDefinition } from "@cutover/core";
import type { BackendKind } from "../state/migration-record.ts";

/** How JSON files are written that do not exist yet; those that do keep their own formatting. */
export interface NewFileOptions {
  /** White space of one level. Default: two spaces. */
  readonly indent?: string;
  /** Write everything from U+007F on as lower-case `\uXXXX`, as Python does. Default: false. */
  readonly ascii?: boolean;
  /** End the file with a line break. Default: true. */
  readonly trailingNewline?: boolean;
}

/** Options of the JSON files. */
export interface JsonOptions {
  readonly newFiles?: NewFileOptions;
  /** How long a write waits for other processes, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /**
   * Files of up to so many bytes keep their parsed records in memory; of larger ones every read
   * parses anew. Default: 64 MiB.
   */
  readonly cacheBytes?: number;
  /** Largest file that is read or written, in bytes. Default: 2 GiB − 1. */
  readonly maxFileBytes?: number;
}

/** Options of the SQLite database. */
export interface SqliteOptions {
  /**
   * `full`: what was acknowledged survives a power cut. `normal`: faster, and a power cut may take
   * the last writes, never the consistency. Default: `full`.
   */
  readonly synchronous?: "full" | "normal";
  /** How long a write waits for other processes, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
}

/** What stands in `cutover.config.ts`. */
export interface CutoverConfig {
  /** The data folder, relative to the config file. Default: the config file's own folder. */
  readonly folder?: string;
  /**
   * The store to ask for. The folder's migration record decides: asking for another one is refused
   * with the command that would change it. Default: the one in charge.
   */
  readonly backend?: BackendKind;
  /** The database's file, relative to the data folder. Default: `data.db`. */
  readonly database?: string;
  /** Every collection that lies in the folder. */
  readonly collections: readonly CollectionDefinition[];
  readonly json?: JsonOptions;
  readonly sqlite?: SqliteOptions;
}

/** The database's file where the config names none. */
export const defaultDatabase = "data.db";
