/**
 * The places between the system calls of a commit, in order, where a test can stop, delay or kill
 * a writer. A commit that stops up to and including `before-claim` never happened; from `linked`
 * on it is in force.
 */
export const commitPoints = [
  "prepared",
  "temp-opened",
  "temp-written",
  "temps-written",
  "record-written",
  "synced",
  "before-claim",
  "linked",
  "claimed",
  "claim-synced",
  "target-opened",
  "before-rename",
  "renamed",
  "replaced-checked",
  "targets-renamed",
  "targets-synced",
  "pruned",
] as const;

/** One of {@link commitPoints}. */
export type CommitPoint = (typeof commitPoints)[number];
