import { StorageError, type CollectionDefinition } from "@cutover/core";
import { defaultHop, hopInWords, hopOf, isSameHop, storeNames, type Hop } from "../hop/hop.ts";
import { shellWord } from "../output/shell-word.ts";
import type { Project } from "../project/project.ts";
import { readRecord } from "../state/record-file.ts";
import {
  chosenBackend,
  recordedHop,
  type MigrationRecord,
  type RecordedUnit,
} from "../state/migration-record.ts";
import { definitionsOf, plannedUnits, type ProjectUnit } from "./unit-plan.ts";

/** Whether the collections of a project move one by one. To a server they always do. */
export function isGradual({ record, config }: Pick<Project, "record" | "config">): boolean {
  const inCharge = chosenBackend(record);
  if (inCharge === "cutover" || hopOf(config).to === "postgres") return true;
  if (inCharge !== "json") return false;
  const { autoMigrate = false } = config.cutover ?? {};
  return config.teams !== undefined || autoMigrate !== false;
}

/** Whether the hop that a project's config names is the one that its folder's units are on. */
export function isOnHop({ record, config }: Pick<Project, "record" | "config">): boolean {
  const hop = recordedHop(record);
  return hop !== undefined && isSameHop(hop, hopOf(config));
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

function otherHop({ folder }: Pick<Project, "folder">, found: Hop, own: Hop): StorageError {
  const nextCommand = `cutover status ${shellWord(folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `the units of ${folder} are on the hop ${hopInWords(found)}, and this config names ${hopInWords(own)}; ` +
      "use the config that the hop was started with, and restart processes that run with another",
    { operation: "open", nextCommand },
  );
}

function wrongBeginning(folder: string, inCharge: "json" | "sqlite", own: Hop): StorageError {
  const word = shellWord(folder);
  const isFirstOpen = own.from === "sqlite";
  const nextCommand = isFirstOpen ? `cutover migrate ${word}` : `cutover status ${word}`;
  const how = isFirstOpen
    ? `move them to SQLite first: without \`hop\` in the config, ${nextCommand}`
    : 'say so in the config: `hop: { from: "sqlite", to: "postgres" }`';
  return new StorageError(
    "STAGE_REFUSED",
    `the config's \`hop\` leads from ${storeNames[own.from]} to ${storeNames[own.to]}, and the data of ` +
      `${folder} is in ${inCharge === "json" ? "its " : ""}${storeNames[inCharge]}; ${how}`,
    { operation: "open", nextCommand },
  );
}

/**
 * Refuses a hop that the record of a folder contradicts. Whether a first hop is complete has to be
 * looked up, which this does not do; a folder without a record may be that of another machine.
 */
function checkHop({ folder, record, config }: Pick<Project, "folder" | "record" | "config">): void {
  const own = hopOf(config);
  const inCharge = chosenBackend(record);
  const found = recordedHop(record);
  if (inCharge === "cutover") {
    if (found === undefined || isSameHop(found, own)) return;
    if (own.from === "sqlite" && isSameHop(found, defaultHop)) return;
    throw otherHop({ folder }, found, own);
  }
  // A folder that was migrated as a whole is told so by whoever would move units of it.
  if (record === undefined || own.to !== "postgres") return;
  if (inCharge !== own.from) throw wrongBeginning(folder, inCharge, own);
}

/**
 * Refuses a second hop in a folder whose first one never began.
 * @throws StorageError STAGE_REFUSED
 */
export function checkBeginning({
  folder,
  record,
  config,
}: Pick<Project, "folder" | "record" | "config">): void {
  const own = hopOf(config);
  if (record === undefined && own.from === "sqlite") throw wrongBeginning(folder, "json", own);
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
  if (source === "inferred" && chosenBackend(record) === "cutover") throw needsConfig(folder);
  checkHop(project);
  if (!isOnHop(project)) return planned;
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
  { folder, config }: Pick<Project, "folder" | "config">,
  units: readonly ProjectUnit[],
): Promise<void> {
  const record: MigrationRecord | undefined = await readRecord(folder);
  const inCharge = chosenBackend(record);
  if (inCharge === "json") return;
  const hop = recordedHop(record);
  const what =
    hop === undefined
      ? `${folder} was migrated to SQLite as a whole`
      : !isSameHop(hop, hopOf(config))
        ? `the units of ${folder} are on the hop ${hopInWords(hop)} now`
        : contradiction(record?.units ?? [], units);
  if (what === undefined) return;
  throw new StorageError(
    "STAGE_REFUSED",
    `${what}; restart this process, so that it follows the record`,
    { backend: "json", nextCommand: `cutover status ${shellWord(folder)}` },
  );
}
