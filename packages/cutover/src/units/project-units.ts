import { StorageError, type CollectionDefinition } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import type { Project } from "../project/project.ts";
import { readRecord } from "../state/record-file.ts";
import {
  chosenBackend,
  type MigrationRecord,
  type RecordedUnit,
} from "../state/migration-record.ts";
import { definitionsOf, plannedUnits, type ProjectUnit } from "./unit-plan.ts";

/** Whether the collections of a project move one by one. */
export function isGradual({ record, config }: Pick<Project, "record" | "config">): boolean {
  const inCharge = chosenBackend(record);
  if (inCharge !== "json") return inCharge === "cutover";
  const { autoMigrate = false } = config.cutover ?? {};
  return config.teams !== undefined || autoMigrate !== false;
}

/** The units as they are recorded, so that all processes have the same. */
export function recordedUnits(units: readonly ProjectUnit[]): RecordedUnit[] {
  return units.map(({ name, collections }) => ({
    name,
    collections: collections.map((collection) => collection.name),
  }));
}

const inOrder = (names: readonly string[]): string => names.toSorted().join(", ");

function namesOf({ collections }: ProjectUnit): string {
  return inOrder(collections.map(({ name }) => name));
}

function unknownCollections(folder: string, unit: RecordedUnit, missing: string[]): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `unit "${unit.name}" of ${folder} moves the collections ${unit.collections.join(", ")}, and the ` +
      `config defines no ${missing.join(", no ")}: this process could not tell which store has them. ` +
      "Use the config that the move was started with",
    { operation: "open" },
  );
}

function unitOf(
  folder: string,
  unit: RecordedUnit,
  definitions: ReadonlyMap<string, CollectionDefinition>,
): ProjectUnit {
  const collections = unit.collections.flatMap((name) => definitions.get(name) ?? []);
  const missing = unit.collections.filter((name) => !definitions.has(name));
  if (missing.length > 0) throw unknownCollections(folder, unit, missing);
  const slash = unit.name.indexOf("/");
  const team = slash < 0 ? undefined : unit.name.slice(0, slash);
  return { name: unit.name, team, collections };
}

/** What contradicts between recorded units and a process's own, in words; undefined: nothing. */
function contradiction(
  recorded: readonly RecordedUnit[],
  own: readonly ProjectUnit[],
): string | undefined {
  for (const { name, collections } of recorded) {
    const names = inOrder(collections);
    const same = own.find((unit) => unit.name === name);
    if (same !== undefined && namesOf(same) === names) continue;
    const other =
      same ??
      own.find((unit) =>
        unit.collections.some((collection) => collections.includes(collection.name)),
      );
    const theirs = other === undefined ? "nothing of it" : `"${other.name}" with ${namesOf(other)}`;
    return `the folder's record has unit "${name}" with ${names}, and this config has ${theirs}`;
  }
  return undefined;
}

function contradicted(folder: string, what: string): StorageError {
  const nextCommand = `cutover doctor ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${what}. Units cannot change while any of them moves; use the config that the move was started ` +
      `with, or end it first (\`cutover rollback ${shellWord(folder)}\`)`,
    { operation: "open", nextCommand },
  );
}

/**
 * The units of a project: those of its folder's record, which bind everybody, then those that the
 * config adds.
 *
 * @throws StorageError STAGE_REFUSED where the config contradicts the record; CONFIG_INVALID where
 *   it does not define a collection that moves
 */
export function unitsOf(project: Project): ProjectUnit[] {
  const { folder, record, config, configFile, source } = project;
  const planned = plannedUnits(config, configFile);
  if (chosenBackend(record) !== "cutover") return planned;
  if (source === "inferred") throw needsConfig(folder);
  const definitions = definitionsOf(config.collections);
  const bound = (record?.units ?? []).map((unit) => unitOf(folder, unit, definitions));
  if (config.teams === undefined) {
    const taken = new Set(bound.flatMap(({ collections }) => collections));
    return [
      ...bound,
      ...planned.filter(({ collections }) => !collections.some((one) => taken.has(one))),
    ];
  }
  const what = contradiction(record?.units ?? [], planned);
  if (what !== undefined) throw contradicted(folder, what);
  return planned;
}

function needsConfig(folder: string): StorageError {
  const nextCommand = `cutover init ${shellWord(folder)} --write`;
  return new StorageError(
    "CONFIG_INVALID",
    `the collections of ${folder} move one by one, for which they have to be defined in a config; ` +
      `${nextCommand} writes one`,
    { operation: "open", nextCommand },
  );
}

/**
 * Refuses the JSON files to a process whose units are not those of the folder's record any more,
 * or that came too late for everything.
 *
 * @throws StorageError STAGE_REFUSED
 */
export async function checkUnitsStand(
  folder: string,
  units: readonly ProjectUnit[],
): Promise<void> {
  const record: MigrationRecord | undefined = await readRecord(folder);
  const inCharge = chosenBackend(record);
  if (inCharge === "json") return;
  const what =
    inCharge === "sqlite"
      ? `${folder} was migrated to SQLite as a whole`
      : contradiction(record?.units ?? [], units);
  if (what === undefined) return;
  throw new StorageError(
    "STAGE_REFUSED",
    `${what}; restart this process, so that it follows the record`,
    { backend: "json", nextCommand: `cutover status ${shellWord(folder)}` },
  );
}
