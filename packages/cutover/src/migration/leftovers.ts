import { lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { statePaths } from "../state/state-paths.ts";
import { durableTemp } from "../state/write-durably.ts";
import { type Intent, removeIntent } from "./intent.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { databaseCompanions, identityAt, removeDatabase } from "./place-file.ts";

/** Between a database's name and the random rest of a copy that is not finished. */
const copyMark = ".migrating-";
/** What a rollback writes beside the originals before it renames them. */
const rollbackTemp = /^\.cutover-rollback-[0-9a-f]+-\d+\.tmp$/;

/** Where a migration builds its database: beside the final place, so that a rename puts it there. */
export function copyPath(databasePath: string, token: string): string {
  return `${databasePath}${copyMark}${token}`;
}

/** Name of a file that will replace `file`; relative to the data folder. */
export function rollbackTempOf(file: string, token: string, index: number): string {
  const folder = dirname(file);
  const name = `.cutover-rollback-${token}-${index}.tmp`;
  return folder === "." ? name : `${folder}/${name}`;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw fileFailure("read the folder", folder, error);
  }
}

/** Databases of migrations that did not finish. */
async function deadCopies(databasePath: string): Promise<string[]> {
  const prefix = basename(databasePath) + copyMark;
  const names = await namesIn(dirname(databasePath));
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(dirname(databasePath), name));
}

async function deadTemps({ folder, collections }: MigrationTarget): Promise<string[]> {
  const folders = new Set(collections.map(({ file }) => dirname(join(folder, file.path))));
  const found: string[] = [];
  for (const place of folders) {
    for (const name of await namesIn(place)) {
      if (rollbackTemp.test(name)) found.push(join(place, name));
    }
  }
  return found;
}

/** Commands that take no lock write such files too: only one that is as old as this is nobody's any more. */
const longAgoMs = 3_600_000;

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await lstat(path)).mtimeMs > longAgoMs;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw fileFailure("look at", path, error);
  }
}

/** What was to become a config, an intent or a record. */
async function deadDrafts(folder: string): Promise<string[]> {
  const { state, history } = statePaths(folder);
  const found: string[] = [];
  for (const place of [folder, state, history]) {
    for (const name of await namesIn(place)) {
      const path = join(place, name);
      if (durableTemp.test(name) && (await isOld(path))) found.push(path);
    }
  }
  return found;
}

/** What dead commands left, with absolute paths. Nothing of it is in charge of anything. */
export async function findLeftovers(target: MigrationTarget): Promise<string[]> {
  return [
    ...(await deadCopies(target.databasePath)),
    ...(await deadTemps(target)),
    ...(await deadDrafts(target.folder)),
  ];
}

/**
 * Removes what dead commands left. Call under the migration lock only: without it, the copy of a
 * migration under way looks the same.
 * @returns what was removed
 */
export async function removeLeftovers(target: MigrationTarget): Promise<string[]> {
  const found = await findLeftovers(target);
  for (const path of found) await rm(path, { force: true });
  return found;
}

/**
 * Undoes a migration that died after it had put its database in place and before the record named
 * it. The database is removed only if it is, to the byte, the one that migration made.
 */
export async function undoPlacedDatabase(
  target: MigrationTarget,
  intent: Intent | undefined,
): Promise<void> {
  if (intent?.kind !== "migrate") return;
  const identity = await identityAt(target.databasePath);
  if (identity === intent.identity && !(await hasCompanion(target.databasePath))) {
    await removeDatabase(target.databasePath);
  }
  await removeIntent(target.folder);
}

/** A journal beside the database holds writes that its own bytes do not show. */
async function hasCompanion(databasePath: string): Promise<boolean> {
  for (const suffix of databaseCompanions) {
    if ((await identityAt(databasePath + suffix)) !== undefined) return true;
  }
  return false;
}
