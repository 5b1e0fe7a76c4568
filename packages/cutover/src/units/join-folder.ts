import { isStorageError } from "@cutover/core";
import { hopInWords } from "../hop/hop.ts";
import type { Project } from "../project/project.ts";
import { nextRecord, stepOf } from "../state/migration-record.ts";
import { readRecord, writeRecord } from "../state/record-file.ts";
import { makeFolder } from "../state/write-durably.ts";
import { haveArrived } from "./open-control.ts";
import { isOnHop, recordedUnits } from "./project-units.ts";
import type { UnitStores } from "./unit-stores.ts";

/**
 * Records in a folder without any data, on another machine, that everything has arrived on the
 * server: from then on nobody takes its JSON files for the data. Does nothing elsewhere.
 */
export async function joinFolder(project: Project, stores: UnitStores): Promise<void> {
  const { folder, database } = project;
  const { control, units, hop } = stores;
  if (hop.to !== "postgres" || isOnHop(project) || project.record !== undefined) return;
  if (!(await haveArrived(control, project, units))) return;
  await makeFolder(folder, 0o700);
  const record = nextRecord(undefined, {
    backend: "cutover",
    database,
    units: recordedUnits(units),
    control: await control.incarnation(),
    hop,
    step: stepOf("join", { actor: "application", hop: hopInWords(hop) }),
  });
  try {
    await writeRecord(folder, record);
  } catch (error) {
    // Of several processes that open it at once, one writes it.
    const isThere = (await readRecord(folder))?.control === record.control;
    if (!isStorageError(error, "VERSION_CONFLICT") || !isThere) throw error;
  }
}
