import { driverOf, replicaOf } from "@cutover/core";
import {
  blockersOf,
  isOpen,
  mismatchesOf,
  stages,
  StoreEpochs,
  UnitRegistry,
  type Operator,
  type UnitRecord,
} from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import { hasDatabase, hopOf, needsDatabase } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import { formatAmount } from "../output/quantity.ts";
import { fileExists } from "../project/choose-backend.ts";
import type { Project } from "../project/project.ts";
import { fileRestoreDied, unfinishedFileRestore } from "../migration/file-restore.ts";
import { readIntent } from "../migration/intent.ts";
import { findLeftovers } from "../migration/leftovers.ts";
import { checkRecordedDatabase } from "../migration/recorded-database.ts";
import { chosenBackend } from "../state/migration-record.ts";
import { statePaths } from "../state/state-paths.ts";
import { shellWord } from "../output/shell-word.ts";
import { broken, odd, told, type Ailment } from "./ailment.ts";
import { sideOfDatabase } from "./check-database.ts";
import { checkFirstHop, isFirstHopLeft } from "./first-hop.ts";
import { lostRecords, type LostRecords } from "./lost-records.ts";
import { marksOf, strayMarks } from "./mark-ailments.ts";
import { movedOn } from "./moved-on.ts";
import { checkNotOrphaned, orphanedInWords, orphanedUnits } from "./orphaned-database.ts";
import { checkBeginning, isOnHop, unitsOf } from "./project-units.ts";
import { unfinishedRestore } from "./restore-units.ts";
import { filesInPlace } from "./retire-files.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import { gatePorts, operatorOf } from "./unit-operator.ts";
import { openUnitStores, type UnitStores } from "./unit-stores.ts";

const rebuild = "doctor --rebuild-control --dry-run";
/** What decides on a server is not in the folder, and is not made anew from it. */
const rebuildOf = ({ hop }: Pick<UnitStores, "hop">): string | undefined =>
  hop.to === "sqlite" ? rebuild : undefined;
const putBackOrRebuild =
  "Put it back if you moved it, or `cutover restore` a backup; if it is lost for good, it can be " +
  "made anew from what both stores say of themselves: stop the application, look at what that " +
  "would come to, then the same with --yes instead of --dry-run. Both stores are copied aside first";

/** What was written past the library, whether record by record or as a whole file. */
async function bypassed(
  { stores, settings }: UnitsAsked,
  unit: ProjectUnit,
  record: UnitRecord,
): Promise<Ailment[]> {
  const { control } = stores;
  const open = (await mismatchesOf(control, unit.name)).filter(isOpen);
  const foreign = open.filter(({ kind }) => kind === "bypassed").length;
  const action = stages[record.stage].authority === "new" ? "reverse" : "switch";
  const gates = await blockersOf(gatePorts(stores, settings), record, action);
  const asWhole = gates.filter(({ code }) => code === "bypassed").map(({ message }) => message);
  const byRecord =
    foreign === 0
      ? []
      : [
          `${formatAmount(foreign, "record")} written past this library: decide with --discard or --adopt`,
        ];
  const found = [...asWhole, ...byRecord].map((what) =>
    broken("bypassed", `unit "${unit.name}": ${what}`, `repair --unit ${unit.name} --dry-run`),
  );
  if (open.length > foreign) {
    const count = formatAmount(open.length - foreign, "mismatch", "mismatches");
    found.push(
      odd("mismatches", `unit "${unit.name}": ${count} open`, `repair --unit ${unit.name}`),
    );
  }
  return found;
}

/** Whether both stores can be read, and the one in charge is not gone while the other one has records. */
async function unreadable(
  { stores }: UnitsAsked,
  unit: ProjectUnit,
  { stage }: UnitRecord,
): Promise<Ailment[]> {
  const found: Ailment[] = [];
  const { authority, mirror } = stages[stage];
  for (const collection of unit.collections) {
    const { name, file } = collection;
    try {
      await replicaOf(stores[authority]).size(collection);
      const copies = mirror === undefined ? 0 : await replicaOf(stores[mirror]).size(collection);
      const isThere = driverOf(stores[authority]).holds?.(collection) ?? true;
      if (isThere || copies === 0) continue;
      const what = `${file.path} is not there, and the database still has ${formatAmount(copies, "record")} of "${name}"`;
      found.push(broken("file-missing", `${what}; put the file back from a backup`));
    } catch (error) {
      found.push(told(error, "unreadable"));
    }
  }
  return found;
}

/** What is asked about units. */
interface UnitsAsked {
  readonly operator: Operator;
  readonly stores: UnitStores;
  readonly settings: CutoverSettings | undefined;
  readonly lost: LostRecords;
}

async function ofUnit(project: Project, unit: ProjectUnit, asked: UnitsAsked): Promise<Ailment[]> {
  const { control } = asked.stores;
  const record = await asked.operator.record(unit);
  const { stage } = record;
  const lost = await asked.lost(record);
  if (lost !== undefined) return [broken("database-missing", `unit "${unit.name}": ${lost}`)];
  const isMirrored = stages[stage].mirror !== undefined;
  const found = await (isMirrored ? marksOf(control, unit) : strayMarks(control, unit));
  const { hop } = asked.stores;
  const isThere = !hasDatabase(hop) || (await fileExists(project.databasePath));
  if (isThere) found.push(...(await strangeStores(asked, unit, record)));
  if (isThere || !needsDatabase(hop, stage)) found.push(...(await unreadable(asked, unit, record)));
  if (isMirrored) found.push(...(await bypassed(asked, unit, record)));
  if (needsDatabase(hop, stage) && !isThere) {
    const what = `${project.databasePath} is not there, and unit "${unit.name}" is at ${stage}`;
    const isInCharge = stages[stage].authority === sideOfDatabase(hop);
    found.push(
      isInCharge || hop.to !== "sqlite"
        ? broken("database-missing", `${what}; put the file back from a backup`)
        : broken(
            "database-missing",
            `${what}; stop moving it, then start it again`,
            `cancel --unit ${unit.name}`,
          ),
    );
  }
  if (stage === "complete" && hop.from === "json") {
    const files = await filesInPlace(project.folder, unit);
    const what = `${files.join(", ")} of unit "${unit.name}" is still there, and nobody reads it`;
    if (files.length > 0) found.push(odd("retired-file", what, `complete --unit ${unit.name}`));
  }
  return found;
}

/** Whether both stores are the ones that the control store decides about. Reads only. */
async function strangeStores(
  { stores }: UnitsAsked,
  unit: ProjectUnit,
  { stage, epoch }: UnitRecord,
): Promise<Ailment[]> {
  const { control } = stores;
  const registry = new UnitRegistry(control, { from: stores.old.kind, to: stores.new.kind });
  const replicas = { old: replicaOf(stores.old), new: replicaOf(stores.new) };
  const epochs = new StoreEpochs({ control, registry, replicas });
  const { mirror } = stages[stage];
  if (stage !== "off") await epochs.checkAuthority(unit);
  const mark = mirror === undefined ? undefined : await epochs.markOf(mirror, unit.name);
  if (mark?.isMoving !== true) return [];
  const isOwn = mark.incarnation === (await control.incarnation());
  if (isOwn && mark.epoch <= epoch) return [];
  const why = isOwn
    ? `has come to epoch ${mark.epoch}, and the control store knows of ${epoch} only`
    : "was moved by another control store";
  const what = `the ${mirror ?? ""} store of unit "${unit.name}" ${why}: something was put back from a backup`;
  return [broken("unit-contradicted", what, rebuildOf(stores))];
}

async function ofStores(project: Project, stores: UnitStores): Promise<Ailment[]> {
  const settings = project.config.cutover;
  const operator = await operatorOf(stores, settings);
  const found: Ailment[] = [];
  const gone = await movedOn(project, stores);
  found.push(...gone.values());
  let isAnyOn = gone.size > 0;
  const asked = { operator, stores, settings, lost: lostRecords(project) };
  for (const unit of stores.units.filter(({ name }) => !gone.has(name))) {
    try {
      isAnyOn ||= (await operator.record(unit)).stage !== "off";
      found.push(...(await ofUnit(project, unit, asked)));
    } catch (error) {
      found.push(told(error, "unit-contradicted", rebuildOf(stores)));
    }
  }
  const inCharge = chosenBackend(project.record);
  if (inCharge === "cutover" && !isAnyOn) {
    const what = "the folder's record says that units move, and none does: a cancel died half-way";
    found.push(odd("nothing-moves", what, "rollback"));
  }
  if (inCharge !== "cutover" && isAnyOn) {
    const what = `the folder's record puts ${inCharge} in charge, and the control store says that units move`;
    found.push(broken("record-contradicts", `${what}; one of the two was put back from a backup`));
  }
  return found;
}

/**
 * Looks for everything that is not as it should be, above all where collections move one by one.
 * Changes nothing.
 */
export async function diagnose(project: Project): Promise<Ailment[]> {
  return [...(await unfinished(project)), ...(await ofUnits(project))];
}

/** What commands left that died, and that the next one clears up. */
async function unfinished(project: Project): Promise<Ailment[]> {
  const intent = await readIntent(project.folder);
  const found: Ailment[] = [];
  if (intent !== undefined) {
    found.push(odd("unfinished", `a ${intent.kind} died between two steps`, intent.kind));
  }
  const backup = await unfinishedFileRestore(project.folder);
  if (backup !== undefined) {
    const { message } = fileRestoreDied(project.folder, backup);
    found.push(broken("restore-unfinished", message, `restore ${shellWord(backup)}`));
  }
  const leftovers = await findLeftovers(project);
  if (leftovers.length > 0) {
    const what = `${leftovers.join(", ")}: of a command that is running, or died`;
    found.push(odd("leftovers", `${what}; the next migrate, rollback or start clears them up`));
  }
  return found;
}

/** Whether the server of a hop is there, and fit for it, before anything has begun. */
async function ofServer(project: Project): Promise<Ailment[]> {
  try {
    checkBeginning(project);
    unitsOf(project);
    await checkFirstHop(project);
    await checkNotOrphaned(project);
  } catch (error) {
    return [told(error, "config-contradicts")];
  }
  if (isOnHop(project))
    return lookInside(project).catch((error: unknown) => [told(error, "control-replaced")]);
  const problem = await new PostgresPlace(project).problem();
  const found = problem === undefined ? [] : [broken(problem.code, problem.message)];
  if (hopOf(project.config).from === "sqlite") found.push(...(await ofSource(project)));
  if (!(await isFirstHopLeft(project))) return found;
  const what =
    "a start of this hop died half-way: processes with the config of the first one are refused";
  return [...found, odd("unfinished", `${what}, and nothing moves yet`, "start")];
}

/** Whether the database is there that a second hop would begin with. */
async function ofSource(project: Project): Promise<Ailment[]> {
  try {
    await checkRecordedDatabase(project, project.record);
    return [];
  } catch (error) {
    return [told(error, "unreadable")];
  }
}

async function ofUnits(project: Project): Promise<Ailment[]> {
  if (hopOf(project.config).to === "postgres") return ofServer(project);
  const { control } = statePaths(project.folder);
  const isThere = await fileExists(control);
  const orphans = await orphanedUnits(project);
  if (orphans.length > 0) {
    const what = orphanedInWords(project.databasePath, orphans);
    return [broken("control-missing", `${what} ${putBackOrRebuild}`, rebuild)];
  }
  if (!isThere && chosenBackend(project.record) !== "cutover") return [];
  const backup = await unfinishedRestore(project);
  if (!isThere && backup !== undefined) {
    const what = `a restore of ${backup} died half-way; nothing is served until it is done again`;
    return [broken("restore-unfinished", what, `restore ${shellWord(backup)}`)];
  }
  if (!isThere) {
    const what = `${control} is not there: it decides which store has the data`;
    return [broken("control-missing", `${what}. ${putBackOrRebuild}`, rebuild)];
  }
  try {
    unitsOf(project);
  } catch (error) {
    return [told(error, "config-contradicts")];
  }
  return lookInside(project).catch((error: unknown) => [told(error, "control-replaced", rebuild)]);
}

async function lookInside(project: Project): Promise<Ailment[]> {
  const stores = await openUnitStores(project, { warn: () => {} });
  try {
    return await ofStores(project, stores);
  } finally {
    await stores[Symbol.asyncDispose]();
  }
}
