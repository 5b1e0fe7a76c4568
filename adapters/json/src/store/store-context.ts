import { type CommitLog } from "./commit-log.ts";
import { type CommitPoint } from "./commit-points.ts";
import { type FileCloser } from "./file-closer.ts";
import { type StorePaths } from "./store-paths.ts";
import { type StoreWarning } from "./store-warning.ts";
import { type Writer } from "./writer.ts";

/** What the parts of one store share. */
export interface StoreContext {
  readonly paths: StorePaths;
  readonly log: CommitLog;
  readonly writer: Writer;
  readonly closer: FileCloser;
  readonly maxFileBytes: number;
  /** Waits where a test wants a commit to stop. */
  readonly pause: (point: CommitPoint) => Promise<void> | void;
  readonly warn: (warning: StoreWarning) => void;
}
