/**
 * The moments at which a process may die and something is half done. Tests stop or kill a process
 * there; nobody else listens.
 */
export const failpoints = [
  // A write. Where only one store is kept, it is entered and written.
  "write/entered",
  "write/marked",
  "write/written",
  "write/settled",
  // A round of the drain.
  "drain/listed",
  "drain/read",
  "drain/applied",
  "drain/cleared",
  // A whole collection made equal.
  "reconcile/begun",
  "reconcile/batch",
  "reconcile/equal",
  // A change of stage.
  "stage/drain-locked",
  "stage/drained",
  "stage/writers-out",
  "stage/drained-again",
  "stage/before-commit",
  "stage/committed",
  "stage/released",
  // A backfill's end.
  "backfill/recorded",
  // A verification.
  "verify/compared",
  "verify/recorded",
] as const;

/** One of {@link failpoints}. */
export type Failpoint = (typeof failpoints)[number];

/** Called at a failpoint. */
export type AtFailpoint = (point: Failpoint) => Promise<void> | void;
