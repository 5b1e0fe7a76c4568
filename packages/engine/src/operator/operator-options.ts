import type { ControlStore, StorageBackend } from "@cutover/core";
import type { ReconcileProgress } from "../drain/reconcile.ts";
import type { AtFailpoint } from "../failpoint.ts";
import type { Unit } from "../unit/unit.ts";

/** What an operator is made with. */
export interface OperatorOptions {
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
  readonly units: readonly Unit[];
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Who acts, for the audit. Default: `operator`. */
  readonly actor?: string;
  /** A switch holds writers off for no longer than this, in milliseconds. Default: 2,000. */
  readonly switchDeadlineMs?: number;
  /** A switch does not begin with more unmirrored records than this. Default: 200. */
  readonly mostDirty?: number;
  /** A verification older than this does not open the gate, in milliseconds. Default: one hour. */
  readonly freshMs?: number;
  /** How long `rampdown` lasts at least, in milliseconds. Default: seven days. */
  readonly reverseWindowMs?: number;
  /** Called at failpoints, for tests. Default: nothing. */
  readonly at?: AtFailpoint | undefined;
}

/** What an action accepts. */
export interface ActionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Why; kept in the audit. */
  readonly reason?: string | undefined;
  /** Goes through a closed gate; needs a reason. Default: false. */
  readonly force?: boolean;
}

/** What a backfill accepts. */
export interface BackfillOptions extends ActionOptions {
  /** Records a second, at most. Default: as fast as it goes. */
  readonly recordsPerSecond?: number | undefined;
  readonly onProgress?: ((progress: ReconcileProgress) => void) | undefined;
}
