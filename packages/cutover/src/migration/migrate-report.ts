import type { Comparison } from "./comparison.ts";
import type { Finding } from "./finding-list.ts";

/** What became of one collection. */
export interface MigratedCollection {
  readonly name: string;
  readonly file: string;
  /** False where the application has no such file; then there is no such collection either. */
  readonly exists: boolean;
  readonly records: number;
  readonly quarantined: number;
}

/** What a migration did. */
export interface MigrateReport {
  /**
   * `migrated`: the database is in charge. `dirty`: records cannot be taken over; nothing changed.
   * `different`: the copy did not equal the files; nothing changed.
   */
  readonly outcome: "migrated" | "dirty" | "different";
  /** The record's epoch afterwards. */
  readonly epoch: number;
  readonly database: string;
  readonly collections: readonly MigratedCollection[];
  readonly findings: {
    readonly count: number;
    /** Of these, how many `quarantine` cannot set aside. */
    readonly blocking: number;
    readonly first: readonly Finding[];
  };
  /** Files that hold the records set aside. */
  readonly quarantines: readonly string[];
  /** Of every collection, once it was copied. */
  readonly verification: readonly Comparison[];
  readonly timings: { readonly copyMs: number; readonly verifyMs: number };
  readonly sizeBytes: number;
  /** What was tidied up first. */
  readonly notes: readonly string[];
}
