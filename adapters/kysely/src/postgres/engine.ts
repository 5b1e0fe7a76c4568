import { StorageError } from "@cutover/core";

/** What an engine may lack of what PostgreSQL has. Each has another way to the same end. */
export interface EngineCapabilities {
  /** Locks by number. Without them collections are locked by rows; see `RowTurns`. */
  readonly advisoryLocks: boolean;
  /** Functions and triggers in PL/pgSQL. Without them, rows that a shell edits keep their old tokens. */
  readonly functions: boolean;
  /** Types with a constraint. Without them the constraint is a column's, which every write pays for. */
  readonly domains: boolean;
  /** `tsvector`, its index and rank. Without them a search looks at every record and cannot rank. */
  readonly textSearch: boolean;
  /** An index says where nulls go. Without it some orders are sorted instead of read. */
  readonly nullsInIndexes: boolean;
  /** Tells how large a database is. Without it, records are counted as text. */
  readonly databaseSize: boolean;
}

/** An engine that speaks Postgres's language. */
export interface Engine {
  /** As users write it. */
  readonly title: string;
  /** Found in the text of `version()`. */
  readonly pattern: RegExp;
  /** The oldest `server_version_num`; undefined where the number says nothing. */
  readonly oldestVersion: number | undefined;
  readonly capabilities: EngineCapabilities;
}

/** Engines that the adapter has a way with. Only `postgresql` was ever run. */
export type EngineName = "postgresql" | "cockroachdb" | "yugabytedb";

const everything: EngineCapabilities = {
  advisoryLocks: true,
  functions: true,
  domains: true,
  textSearch: true,
  nullsInIndexes: true,
  databaseSize: true,
};

/** The subset that all of them share. */
export const sharedSubset: EngineCapabilities = {
  advisoryLocks: false,
  functions: false,
  domains: false,
  textSearch: false,
  nullsInIndexes: false,
  databaseSize: false,
};

/** By the names that users give them. */
export const engines: Readonly<Record<EngineName, Engine>> = {
  postgresql: {
    title: "PostgreSQL",
    pattern: /^PostgreSQL (?!.*-YB-)/,
    oldestVersion: 150_000,
    capabilities: everything,
  },
  cockroachdb: {
    title: "CockroachDB",
    pattern: /CockroachDB/,
    oldestVersion: undefined,
    capabilities: sharedSubset,
  },
  yugabytedb: {
    title: "YugabyteDB",
    pattern: /-YB-/,
    oldestVersion: 150_000,
    // It has functions, text search and sizes as PostgreSQL does; its advisory locks are young.
    capabilities: { ...everything, advisoryLocks: false },
  },
};

/** The engine that options name. @throws StorageError CONFIG_INVALID for one that there is no way with */
export function engineNamed(name: EngineName = "postgresql"): Engine {
  if (Object.hasOwn(engines, name)) return engines[name];
  const known = Object.keys(engines).join(", ");
  throw new StorageError("CONFIG_INVALID", `engine "${name}": it can be one of ${known}`);
}
