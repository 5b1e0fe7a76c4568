/**
 * The places of a migration and of a rollback, in order, where a test can stop, delay or kill the
 * process. Up to and including `before-switch` the store in charge has not changed.
 */
export const migrationPoints = {
  migrate: [
    "locked",
    "copying",
    "copied",
    "verified",
    "base-kept",
    "intent-written",
    "database-placed",
    "before-switch",
    "switched",
    "cleaned",
  ],
  rollback: [
    "locked",
    "frozen",
    "file-written",
    "files-verified",
    "exclusive",
    "intent-written",
    "file-renamed",
    "files-renamed",
    "before-switch",
    "switched",
    "database-aside",
    "cleaned",
  ],
} as const;

/** One of {@link migrationPoints}. */
export type MigrationPoint = (typeof migrationPoints)[keyof typeof migrationPoints][number];

/** Called at every point, for tests; may never return. */
export type AtPoint = (point: MigrationPoint) => Promise<void> | void;
