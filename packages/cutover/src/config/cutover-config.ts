import type { CollectionDefinition } from "@cutover/core";
import type { ShadowOptions, Stage } from "@cutover/engine";
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

/** Which store collections move from, and to. */
export interface HopOptions {
  /** Default: `json`. `sqlite`: a second hop, which begins where the first one is complete. */
  readonly from?: BackendKind;
  /** Default: `sqlite`. */
  readonly to?: "sqlite" | "postgres";
}

/** Where the records lie on a Postgres server; for hops that lead there. */
export interface PostgresSettings {
  /**
   * The environment variable that holds the server's address, with its password:
   * `postgres://user:password@host:port/database`. Default: `DATABASE_URL`.
   */
  readonly urlVariable?: string;
  /**
   * The schema of the tables, made when it is not there; what decides between the stores lies
   * beside it, in `<schema>_control`. One schema for each data folder. Default: `cutover`.
   */
  readonly schema?: string;
  /**
   * The engine behind the server, for the records and for what decides alike; any other is refused,
   * by what the server calls itself. Only `postgresql` was ever run. `cockroachdb` and `yugabytedb`
   * are by design: they keep to what these engines are thought to have, such as locks on rows instead
   * of advisory locks, and that way was run on PostgreSQL alone. A server
   * that cannot say whether it waits for its disk needs `durability: "process-crash"`. Default:
   * `postgresql`.
   */
  readonly engine?: "postgresql" | "cockroachdb" | "yugabytedb";
  /**
   * `power-loss`: refuse a server that does not wait for its disk. `process-crash`: use it all the
   * same. Default: `power-loss`.
   */
  readonly durability?: "power-loss" | "process-crash";
  /** Connections of a process for records, at most; 4 or more beside them decide. Default: 10. */
  readonly poolSize?: number;
  /** How long a write waits for others, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
}

/** Collections that one team is responsible for, and moves when it is ready. */
export interface TeamOptions {
  /** Names of its collections. Each of them is a unit of its own, called `team/collection`. */
  readonly collections: readonly string[];
  /**
   * Collections that share transactions and so move together: each list is one unit, called
   * `team/first+second`. Default: none.
   */
  readonly together?: readonly (readonly string[])[];
}

/** When a unit is taken a step back by itself. */
export interface AutomaticReverseSettings {
  /** So many differences that stayed when they were looked at again. Default: 10. */
  readonly mismatches?: number;
  /** The time in which they were found, in milliseconds. Default: 60,000. */
  readonly withinMs?: number;
  /** No second step sooner after the first, in milliseconds. Default: 60,000. */
  readonly coolDownMs?: number;
  /** Steps without an operator in between. Default: 3. */
  readonly mostInARow?: number;
}

/** Options of a folder whose collections move one by one. */
export interface CutoverSettings {
  /** A comparison older than this does not open the way to `switch`, in minutes. Default: 60. */
  readonly freshMinutes?: number;
  /** `complete` is refused for so many days after `live` was left behind. Default: 7. */
  readonly reverseWindowDays?: number;
  /** A change of stage holds writers off for no longer than this, in milliseconds. Default: 2,000. */
  readonly switchDeadlineMs?: number;
  /** A switch does not begin with more records that differ than this. Default: 200. */
  readonly mostDirty?: number;
  /** Writers are held back while a unit's second store lacks more records. Default: 10,000. */
  readonly maxDirty?: number;
  /**
   * The share of reads that is asked of both stores and compared, from 0 to 1, in the stages that
   * compare them. Callers do not wait for it. Default: 0.01.
   */
  readonly sampling?: number;
  /** What does not count when records are compared, by collection. Default: everything counts. */
  readonly compare?: NonNullable<ShadowOptions["compare"]>;
  /**
   * When a unit is taken a step back by itself because its two stores answer differently; `false`:
   * never. Default: after 10 differences within a minute, at most 3 steps in a row.
   */
  readonly automaticReverse?: false | AutomaticReverseSettings;
  /**
   * The stage that somebody, such as a feature flag, wants a unit to have. It is shown beside the
   * stage it has, and moves nothing: only the commands do. Default: nobody wants anything.
   */
  readonly stageRequest?: (unit: string) => Stage | undefined | Promise<Stage | undefined>;
  /**
   * Move everything when the storage is opened: copy, compare, switch; still reversible. Only
   * folders of up to `mostBytes` of JSON files, or of database, by default 64 MiB. Default: false.
   */
  readonly autoMigrate?: boolean | { readonly mostBytes: number };
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
  /**
   * Which store everything moves from, and to: json → sqlite, json → postgres, or sqlite → postgres.
   * To Postgres collections always move one by one. Default: `{ from: "json", to: "sqlite" }`.
   */
  readonly hop?: HopOptions;
  /** For hops to Postgres. */
  readonly postgres?: PostgresSettings;
  /**
   * Who moves what: with teams, collections move one by one while the application goes on.
   * Collections of no team are units of their own. Default: the folder moves as a whole.
   */
  readonly teams?: Readonly<Record<string, TeamOptions>>;
  readonly cutover?: CutoverSettings;
}

/** The database's file where the config names none. */
export const defaultDatabase = "data.db";
