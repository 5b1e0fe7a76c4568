/**
 * How a record differs. `missing`: the mirror lacks it. `extra`: only the mirror has it. `changed`:
 * other content. `moved`: another place. `bypassed`: the mirror was written to by somebody else.
 * `error`: it could not be read.
 */
export type MismatchKind = "missing" | "extra" | "changed" | "moved" | "bypassed" | "error";

/** What was found to differ. It holds no values: they may be secret. */
export interface Finding {
  readonly collection: string;
  /** Undefined: of the collection as a whole. */
  readonly key: string | undefined;
  readonly kind: MismatchKind;
  /** Members that differ, as paths; at most ten. */
  readonly paths: readonly string[];
  /** Versions of the record on either side; undefined where it is absent. */
  readonly authority: string | undefined;
  readonly mirror: string | undefined;
  /** What could not be read, and where, with kind `error`. */
  readonly message?: string;
}

/** A difference that stayed when it was looked at again. It holds no values: they may be secret. */
export interface Mismatch extends Finding {
  readonly unit: string;
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** How often it was seen. */
  readonly seen: number;
  /** `open` closes the gate. `ignored`: an operator decided that it does not matter. */
  readonly state: "open" | "ignored";
  /** Why it is ignored. */
  readonly reason?: string;
}
