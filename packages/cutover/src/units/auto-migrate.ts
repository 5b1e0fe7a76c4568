import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import { stages, stageSteps, type Operator, type StageAction } from "@cutover/engine";
import type { CutoverSettings } from "../config/cutover-config.ts";
import { hopOf } from "../hop/hop.ts";
import { formatBytes } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import type { Project } from "../project/project.ts";
import type { Warn } from "../project/storage-warning.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { definitionsDigest } from "../project/definitions-digest.ts";
import { whileStarting } from "./record-move.ts";
import type { ProjectUnit } from "./unit-plan.ts";
import type { UnitStores } from "./unit-stores.ts";
import { WalkToLive } from "./walk-to-live.ts";

const defaultMostBytes = 64 * 1024 * 1024;
/** Each attempt waits for locks, so that a few are enough. */
const mostAttempts = 5;

/** What an application that moves its data at its start works with. */
export interface AutoMigration {
  readonly stores: UnitStores;
  readonly operator: Operator;
  readonly warn: Warn;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return 0;
    throw fileFailure("look at", path, error);
  }
}

async function sizeOfAll(
  { folder, databasePath, config }: Project,
  units: readonly ProjectUnit[],
): Promise<number> {
  if (hopOf(config).from === "sqlite") return sizeOf(databasePath);
  const files = new Set(units.flatMap((unit) => unit.collections.map(({ file }) => file.path)));
  let total = 0;
  for (const file of files) total += await sizeOf(join(folder, file));
  return total;
}

function limitOf({ autoMigrate = false }: CutoverSettings): number | undefined {
  if (autoMigrate === false) return undefined;
  return autoMigrate === true ? defaultMostBytes : autoMigrate.mostBytes;
}

const waysBack: ReadonlySet<string> = new Set<StageAction>(["reverse", "step back", "cancel"]);
const changes: ReadonlySet<string> = new Set(stageSteps.map(({ action }) => action));

/** Units that are not there yet. Those that somebody took back are not taken on: that was a decision. */
async function waiting({ stores, operator }: AutoMigration): Promise<ProjectUnit[]> {
  const log = await operator.log(Number.MAX_SAFE_INTEGER);
  const units: ProjectUnit[] = [];
  for (const unit of stores.units) {
    const { stage } = await operator.record(unit);
    const last = log.find((row) => row.unit === unit.name && changes.has(row.action))?.action ?? "";
    if (stages[stage].authority === "old" && !waysBack.has(last)) units.push(unit);
  }
  return units;
}

/** Another process that does the same at the same time gets in the way, and along. */
async function takeAlong(walk: WalkToLive, unit: ProjectUnit): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await walk.take(unit);
      return;
    } catch (error) {
      const isRace =
        isStorageError(error, "STAGE_REFUSED") ||
        isStorageError(error, "VERSION_CONFLICT") ||
        isStorageError(error, "LOCK_TIMEOUT");
      if (!isRace || attempt === mostAttempts) throw error;
    }
  }
}

async function moveAll(
  project: Project,
  { stores, operator }: AutoMigration,
  units: readonly ProjectUnit[],
): Promise<void> {
  const { folder, collections, databasePath } = project;
  const configDigest = definitionsDigest(collections);
  await whileStarting({ folder, collections, databasePath, configDigest }, stores, {
    options: { actor: "application" },
    work: async () => {
      for (const unit of units) {
        if ((await operator.record(unit)).stage === "off") await operator.start(unit);
      }
    },
  });
  const { compare } = project.config.cutover ?? {};
  const walk = new WalkToLive(operator, { compare });
  for (const unit of units) await takeAlong(walk, unit);
}

/**
 * Moves everything to the new store when an application starts, where the config asks for it and
 * the files are small. Of several processes that start at once, one does it. What does not succeed
 * is told, and the application goes on with the stages as they are: all of them are right.
 */
export async function autoMigrate(project: Project, migration: AutoMigration): Promise<void> {
  const mostBytes = limitOf(project.config.cutover ?? {});
  if (mostBytes === undefined) return;
  const units = await waiting(migration);
  if (units.length === 0) return;
  const word = shellWord(project.folder);
  const tell = (why: string): void => {
    const message = `the data of ${project.folder} was not moved at the start: ${why}`;
    migration.warn({ code: "not-migrated", message, files: [] });
  };
  const bytes = await sizeOfAll(project, units);
  if (bytes > mostBytes) {
    const size = `it has ${formatBytes(bytes)}, more than \`autoMigrate\` takes (${formatBytes(mostBytes)})`;
    return tell(`${size}; type: cutover migrate ${word}`);
  }
  try {
    await moveAll(project, migration, units);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    // Another process that was started at the same moment was first, or is at it.
    const isDone = (await waiting(migration)).length === 0;
    if (!isDone) tell(`${error.message} (see cutover status ${word})`);
  }
}
