import type { AtPoint } from "./migration-point.ts";
import { type OnProgress } from "./progress.ts";

/** How to roll back. */
export interface RollbackOptions {
  /** Merge edits of the original files, record by record, instead of refusing. Default: false. */
  readonly merge?: boolean;
  /** Write and compare the files, then throw them away. Default: false. */
  readonly dryRun?: boolean;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** How long to wait for writers of the JSON files and for other operators. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** For tests. */
  readonly atPoint?: AtPoint;
}
