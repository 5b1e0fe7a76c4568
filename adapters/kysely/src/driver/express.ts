import type { WriteOperation, WriteResult } from "@cutover/core";

/** One caller's operations. */
export interface ExpressRequest {
  readonly operations: readonly WriteOperation[];
  readonly nowMs: number;
}

/** How one caller fared. */
export type End = { readonly results: WriteResult[] } | { readonly error: unknown };

/**
 * How a group of callers fared: one end for each; `busy` when nothing was changed because others
 * write, `apart` when nothing was changed and each has to be carried out by itself.
 */
export type Shot = readonly End[] | "busy" | "apart";

/** A way to write what several callers want at once, for databases that are a round trip away. */
export interface Express {
  /** How many of these callers may share a transaction, beginning with the first; 1 or more. */
  share(requests: readonly ExpressRequest[]): number;
  /** @throws StorageError for all callers alike */
  shoot(requests: readonly ExpressRequest[], waitMs: number): Promise<Shot>;
}
