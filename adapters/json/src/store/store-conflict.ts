/** Why a snapshot can no longer be built on. */
export type ConflictReason =
  /** Another writer of the library committed first. */
  | "revision"
  /** Somebody who takes no lock changed a file. */
  | "foreign"
  /** Somebody whose part was in the commit may not make it. */
  | "refused"
  /** The version was replaced by a newer one before it was read. */
  | "superseded";

/**
 * Somebody else was first; nothing was changed. Take a new snapshot and redo the work.
 * A signal between the store and its caller, not an error of the library's table.
 */
export class StoreConflict extends Error {
  override readonly name: string = "StoreConflict";
  readonly reason: ConflictReason;
  /** The files concerned, where that is known. */
  readonly files: readonly string[];

  constructor(reason: ConflictReason, files: readonly string[] = []) {
    super(`conflict (${reason})${files.length === 0 ? "" : `: ${files.join(", ")}`}`);
    this.reason = reason;
    this.files = files;
  }
}
