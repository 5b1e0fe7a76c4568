import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonValue, type StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { statePaths } from "../state/state-paths.ts";
import { makeFolder, replaceDurably, syncFolder } from "../state/write-durably.ts";
import { identityAt } from "./place-file.ts";
import { refusal } from "./refusal.ts";

/** The file that makes a folder a backup of JSON files. */
export const fileBackupManifest = "cutover-backup.json";

const notePath = (folder: string): string => join(statePaths(folder).state, "restoring.json");

async function jsonAt(path: string): Promise<JsonValue | undefined> {
  try {
    const value: JsonValue = JSON.parse(await readFile(path, "utf8"));
    return value;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    // What is damaged still says that there was one.
    if (error instanceof SyntaxError) return null;
    throw fileFailure("read", path, error);
  }
}

/** Files that a backup says were not there; none where it is damaged, which is told elsewhere. */
async function missingIn(from: string): Promise<string[]> {
  const manifest = await jsonAt(join(from, fileBackupManifest));
  const missing = isJsonObject(manifest) ? manifest["missing"] : undefined;
  return Array.isArray(missing) ? missing.filter((path) => typeof path === "string") : [];
}

async function identitiesOf(folder: string, files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(files.map((file) => identityAt(join(folder, file))));
  return found.map((identity) => identity ?? "");
}

/** The backup that a restore of JSON files began with, and did not end; undefined: none did. */
export async function unfinishedFileRestore(folder: string): Promise<string | undefined> {
  const note = await jsonAt(notePath(folder));
  if (note === undefined) return undefined;
  const from = isJsonObject(note) ? note["from"] : undefined;
  return typeof from === "string" ? from : "<backup>";
}

/** What to say of it. */
export function fileRestoreDied(folder: string, from: string): StorageError {
  return refusal(
    `a restore of ${folder} from ${from} is under way, or died half-way: some files may be put ` +
      "aside already, and others not be replaced yet. Nothing is served until it is done again",
    `cutover restore ${shellWord(folder)} ${from === "<backup>" ? from : shellWord(from)}`,
  );
}

/** @throws StorageError STAGE_REFUSED where the files may be half those of a backup */
export async function checkFilesRestored(folder: string): Promise<void> {
  const from = await unfinishedFileRestore(folder);
  if (from !== undefined) throw fileRestoreDied(folder, from);
}

/** Forgets a restore: the files are those of one backup. */
export async function endFileRestore(folder: string): Promise<void> {
  const path = notePath(folder);
  try {
    await rm(path, { force: true });
    await syncFolder(statePaths(folder).state);
  } catch (error) {
    throw fileFailure("remove", path, error);
  }
}

/**
 * Runs a restore of JSON files. All files of the backup come in one commit; those that it does not
 * have are put aside before, one after the other. Where there are such, a note keeps the folder from
 * being opened until the commit is made, also after a crash.
 *
 * @returns what `work` returned
 */
export async function whileRestoringFiles<T>(
  folder: string,
  from: string,
  work: () => Promise<T>,
): Promise<T> {
  const missing = await missingIn(from);
  const before = await identitiesOf(folder, missing);
  const isNoted = (await unfinishedFileRestore(folder)) !== undefined;
  const isNeeded = before.some((identity) => identity !== "");
  if (isNeeded) {
    await makeFolder(statePaths(folder).state, 0o700);
    await replaceDurably(notePath(folder), `${JSON.stringify({ from }, null, 2)}\n`);
  }
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const after = await identitiesOf(folder, missing);
    const isUntouched = after.every((identity, index) => identity === before[index]);
    if (isNeeded && !isNoted && isUntouched) await endFileRestore(folder);
    throw error;
  }
  if (isNeeded || isNoted) await endFileRestore(folder);
  return result;
}
