import { StorageError, type ControlStore, type StorageBackend } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";
import { openJson } from "../project/open-json.ts";
import type { Project } from "../project/project.ts";
import type { Warn } from "../project/storage-warning.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { statePaths } from "../state/state-paths.ts";
import { checkNotOrphaned } from "./orphaned-database.ts";
import { checkUnitsStand, unitsOf } from "./project-units.ts";
import type { ProjectUnit } from "./unit-plan.ts";

/** Both stores of a folder whose collections move one by one, and what decides between them. */
export interface UnitStores extends AsyncDisposable {
  readonly units: readonly ProjectUnit[];
  readonly old: StorageBackend;
  readonly new: StorageBackend;
  readonly control: ControlStore;
}

/** How to open {@link UnitStores}. */
export interface UnitOpening {
  readonly clock?: () => number;
  readonly warn: Warn;
}

function controlGone({ folder }: Project, path: string, why: string): StorageError {
  const nextCommand = `cutover doctor ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${path} decides which store has the data of ${folder}, and ${why}. Nothing is read or written ` +
      `until it is back: put it back from a backup, or see ${nextCommand}`,
    { operation: "open", nextCommand },
  );
}

async function checkedControl(project: Project, clock?: () => number): Promise<ControlStore> {
  const { sqliteControl } = await import("@cutover/kysely/control");
  const { control: path } = statePaths(project.folder);
  const isNeeded = chosenBackend(project.record) === "cutover";
  // Opening would make an empty one, by which nothing has ever moved.
  if (isNeeded && !(await fileExists(path))) throw controlGone(project, path, "it is not there");
  await checkNotOrphaned(project);
  const control = sqliteControl({ path, ...(clock === undefined ? {} : { clock }) });
  await control.open();
  const wanted = isNeeded ? project.record?.control : undefined;
  if (wanted === undefined || wanted === (await control.incarnation())) return control;
  await control.close();
  throw controlGone(project, path, "what lies there is another one, made anew");
}

/**
 * Opens both stores and the control store.
 *
 * @throws StorageError STAGE_REFUSED where the control store is gone, or the config contradicts the
 *   record; CONFIG_INVALID, CORRUPT_DATA, IO_FAILED
 */
export async function openUnitStores(project: Project, opening: UnitOpening): Promise<UnitStores> {
  const { clock, warn } = opening;
  const units = unitsOf(project);
  const control = await checkedControl(project, clock);
  try {
    const { sqliteBackend } = await import("@cutover/kysely/sqlite");
    const { folder, databasePath: path, config } = project;
    const given = clock === undefined ? {} : { clock };
    const collections = units.flatMap((unit) => unit.collections);
    const check = (): Promise<void> => checkUnitsStand(folder, units);
    const old = await openJson(project, { collections, check, warn, ...given });
    const successor = sqliteBackend({ path, collections, ...given, ...config.sqlite });
    const dispose = async (): Promise<void> => {
      for (const part of [old, successor, control]) await part.close();
    };
    return { units, old, new: successor, control, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await control.close();
    throw error;
  }
}
