import { type Comparison } from "./comparison.ts";
import { type OriginalState } from "./check-originals.ts";
import { type MergeReport } from "./merge-edits.ts";

/** What became of one collection. */
export interface RolledBackCollection {
  readonly name: string;
  readonly file: string;
  readonly records: number;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  readonly isReordered: boolean;
  /** False where the file keeps every byte. */
  readonly isRewritten: boolean;
}

/** What a rollback did. */
export interface RollbackReport {
  /**
   * `rolled-back`: the JSON files are in charge and hold everything. `rehearsed`: nothing stands
   * against it, and nothing changed, as `dryRun` asked for. `edited`: originals were
   * edited since the migration; nothing changed. `conflict`: a merge found records changed on both
   * sides; nothing changed. `different`: the files written did not equal the database; nothing
   * changed.
   */
  readonly outcome: "rolled-back" | "rehearsed" | "edited" | "conflict" | "different";
  readonly epoch: number;
  /** Where the database is kept now. */
  readonly aside: string | undefined;
  readonly collections: readonly RolledBackCollection[];
  /** Originals that are not what they were when they were migrated. */
  readonly edited: readonly { readonly file: string; readonly state: OriginalState }[];
  readonly merge: MergeReport | undefined;
  readonly verification: readonly Comparison[];
  readonly timings: { readonly writeMs: number; readonly verifyMs: number };
  readonly notes: readonly string[];
}
