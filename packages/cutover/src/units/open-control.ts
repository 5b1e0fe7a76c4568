import { isStorageError, StorageError, type ControlStore } from "@cutover/core";
import { UnitRegistry, type UnitRecord } from "@cutover/engine";
import { hopInWords, hopOf } from "../hop/hop.ts";
import type { PostgresPlace } from "../hop/postgres-place.ts";
import { shellWord } from "../output/shell-word.ts";
import { fileExists } from "../project/choose-backend.ts";
import { filesWithData } from "../project/files-with-data.ts";
import type { Project } from "../project/project.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { statePaths } from "../state/state-paths.ts";
import { checkNotOrphaned } from "./orphaned-database.ts";
import { checkBeginning, isOnHop } from "./project-units.ts";
import type { ProjectUnit } from "./unit-plan.ts";

type Clock = (() => number) | undefined;

const givenOf = (clock: Clock): { clock?: () => number } => (clock === undefined ? {} : { clock });

function controlGone({ folder }: Project, path: string, why: string): StorageError {
  const nextCommand = `cutover doctor ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${path} decides which store has the data of ${folder}, and ${why}. Nothing is read or written ` +
      `until it is back: put it back from a backup, or see ${nextCommand}`,
    { operation: "open", nextCommand },
  );
}

/** Opens the control store in the folder. @throws StorageError STAGE_REFUSED where it is gone, or another one */
export async function localControl(project: Project, clock?: Clock): Promise<ControlStore> {
  const { sqliteControl } = await import("@cutover/kysely/control");
  const { control: path } = statePaths(project.folder);
  const isNeeded = chosenBackend(project.record) === "cutover";
  // Opening would make an empty one, by which nothing has ever moved.
  if (isNeeded && !(await fileExists(path))) throw controlGone(project, path, "it is not there");
  await checkNotOrphaned(project);
  const control = sqliteControl({ path, ...givenOf(clock) });
  await control.open();
  const wanted = isNeeded ? project.record?.control : undefined;
  if (wanted === undefined || wanted === (await control.incarnation())) return control;
  await control.close();
  throw controlGone(project, path, "what lies there is another one, made anew");
}

/**
 * Opens the control store on the server, and makes it where the folder knows of none yet.
 * @throws StorageError STAGE_REFUSED where it is not this folder's
 */
export async function serverControl(
  project: Project,
  place: PostgresPlace,
  { units, clock }: { readonly units: readonly ProjectUnit[]; readonly clock?: Clock },
): Promise<ControlStore> {
  await checkNotOrphaned(project);
  if (isOnHop(project)) return knownServerControl(project, place, clock);
  const control = await place.control({ ...givenOf(clock), mayCreate: true });
  try {
    await place.told(() => control.open());
    await checkUnclaimed(project, control, units);
    return control;
  } catch (error) {
    await control.close();
    throw error;
  }
}

/**
 * Opens the control store that a folder's record names. Makes none: in its place there would be an
 * empty one, wherever the variable leads.
 *
 * @throws StorageError STAGE_REFUSED where there is none, or another one
 */
export async function knownServerControl(
  project: Project,
  place: PostgresPlace,
  clock?: Clock,
): Promise<ControlStore> {
  const control = await place.control({ ...givenOf(clock), mayCreate: false });
  const elsewhere = `${place.variable} names another server or database`;
  const gone = (why: string): StorageError =>
    controlGone(project, control.location ?? place.inWords, why);
  try {
    await place.told(() => control.open());
    if (project.record?.control === (await control.incarnation())) return control;
    throw gone(`what lies there is another one: ${elsewhere}, or it was made anew`);
  } catch (error) {
    await control.close();
    if (!isStorageError(error, "SCHEMA_OUTDATED")) throw error;
    throw gone(`it is not there: ${elsewhere}, or its schema was dropped`);
  }
}

/** What units of these names have come to; those that nothing was recorded of are left out. */
export async function recordsOf(
  control: ControlStore,
  project: Pick<Project, "config">,
  units: readonly ProjectUnit[],
): Promise<UnitRecord[]> {
  const snapshot = await new UnitRegistry(control, hopOf(project.config)).look();
  return units.flatMap(({ name }) => snapshot.units.get(name)?.record ?? []);
}

/** Whether everything has arrived, so that a process needs nothing of the folder. */
export async function haveArrived(
  control: ControlStore,
  project: Pick<Project, "config">,
  units: readonly ProjectUnit[],
): Promise<boolean> {
  const records = await recordsOf(control, project, units);
  return (
    records.length === units.length &&
    units.length > 0 &&
    records.every(({ stage }) => stage === "complete")
  );
}

async function hasOwnData(project: Project): Promise<boolean> {
  if (project.record !== undefined || (await filesWithData(project)).length > 0) return true;
  return hopOf(project.config).from === "sqlite" && (await fileExists(project.databasePath));
}

/**
 * On a server, units of the same names may be those of another folder. A folder without any data is
 * that of another machine, which may take part when everything has arrived on the server.
 */
async function checkUnclaimed(
  project: Project,
  control: ControlStore,
  units: readonly ProjectUnit[],
): Promise<void> {
  const moving = (await recordsOf(control, project, units)).filter(({ stage }) => stage !== "off");
  const [first] = moving;
  if (first === undefined) return checkBeginning(project);
  const hasData = await hasOwnData(project);
  if (!hasData && (await haveArrived(control, project, units))) return;
  const { folder, config } = project;
  const what = `${control.location ?? "the server"} says that unit "${first.unit}" is at ${first.stage} (${hopInWords(first.hop)})`;
  const why = hasData
    ? `and the data of ${folder} is not what it decides about: name another schema in \`postgres.schema\`, or put ${folder}/.cutover back if it was deleted`
    : `and ${folder} has none of the ${hopOf(config).from} data: until everything is complete, only processes that share the folder can take part`;
  throw new StorageError("STAGE_REFUSED", `${what}, ${why}`, {
    operation: "open",
    nextCommand: `cutover doctor ${shellWord(folder)}`,
  });
}
