import type { AtPoint } from "./migration-point.ts";
import { type OnProgress } from "./progress.ts";

/** How to migrate. */
export interface MigrateOptions {
  /** Set records that the database cannot take aside, and migrate the rest. Default: false. */
  readonly quarantine?: boolean;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** How long to wait for the application's writers and for other operators. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** For tests. */
  readonly atPoint?: AtPoint;
}
