import type { MigrationRecord, MigrationStep } from "../state/migration-record.ts";

/** The step of the migration in force, or of the last one. */
export function migrateStep(record: MigrationRecord): MigrationStep | undefined {
  return record.steps.findLast(({ action }) => action === "migrate");
}

/** The epoch under which the database took over; later changes of the record do not move it. */
export function migrationEpoch(record: MigrationRecord): number {
  const epoch = migrateStep(record)?.["epoch"];
  return typeof epoch === "number" ? epoch : record.epoch;
}
