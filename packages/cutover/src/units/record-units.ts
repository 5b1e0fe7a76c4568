import { withQuietJson } from "../migration/json-store.ts";
import type { MigrationTarget } from "../migration/migration-target.ts";
import { relativeTo } from "../migration/relative-to.ts";
import type { Project } from "../project/project.ts";
import { nextRecord, type MigrationStep } from "../state/migration-record.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { recordedUnits, unitsOf } from "./project-units.ts";

/** A folder of which a control store is about to decide that was not there before. */
export interface RecordedFolder {
  readonly project: Project;
  readonly target: MigrationTarget;
}

/**
 * Records which control store decides about a folder's units. No write of a process that knows only
 * JSON files can come after this.
 *
 * @param control the incarnation of the control store
 */
export async function recordUnits(
  { project, target }: RecordedFolder,
  control: string,
  step: MigrationStep,
): Promise<void> {
  const { folder, databasePath } = target;
  const next = nextRecord(await readRecord(folder), {
    backend: "cutover",
    database: relativeTo(folder, databasePath),
    units: recordedUnits(unitsOf(project)),
    control,
    originals: [],
    step,
  });
  await withQuietJson(folder, async (alert) => {
    await writeRecord(folder, next);
    await alert();
  });
}
