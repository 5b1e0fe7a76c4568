import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileExists } from "../project/choose-backend.ts";
import { withQuietJson } from "../migration/json-store.ts";
import { fileFailure } from "../state/file-failure.ts";
import { syncFolder } from "../state/write-durably.ts";
import type { ProjectUnit } from "./unit-plan.ts";

/** What became of a file that nobody needs any more. */
export interface RetiredFile {
  /** Relative to the data folder. */
  readonly file: string;
  /** Its new name; undefined where it stays, because more than a collection may lie in it. */
  readonly keptAs: string | undefined;
}

async function freeName(path: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = count === 1 ? `${path}.bak` : `${path}.bak.${count}`;
    if (!(await fileExists(name))) return name;
  }
}

async function retire(folder: string, file: string): Promise<RetiredFile> {
  const path = join(folder, file);
  const keptAs = await freeName(path);
  try {
    await rename(path, keptAs);
    await syncFolder(dirname(path));
  } catch (error) {
    throw fileFailure("rename", path, error);
  }
  return { file, keptAs: keptAs.slice(folder.length + 1) };
}

/** The JSON files of a unit that are still in their places. */
export async function filesInPlace(folder: string, unit: ProjectUnit): Promise<string[]> {
  const found: string[] = [];
  for (const { file } of unit.collections) {
    if (await fileExists(join(folder, file.path))) found.push(file.path);
  }
  return found;
}

/** Whether a unit has a file in its place that {@link retireFiles} would take out of the way. */
export async function hasFilesToRetire(folder: string, unit: ProjectUnit): Promise<boolean> {
  const inPlace = new Set(await filesInPlace(folder, unit));
  return unit.collections.some(({ file: { path, at } }) => at.length === 0 && inPlace.has(path));
}

/**
 * Takes the JSON files of a unit whose move is complete out of the way, as `.bak`. Never removes
 * any. Again does nothing.
 */
export async function retireFiles(
  folder: string,
  unit: ProjectUnit,
  signal?: AbortSignal,
): Promise<RetiredFile[]> {
  const inPlace = new Set(await filesInPlace(folder, unit));
  const own = unit.collections.map(({ file }) => file).filter(({ path }) => inPlace.has(path));
  if (own.length === 0) return [];
  // A commit that a dead writer left half-way would otherwise bring a file back.
  return withQuietJson(
    folder,
    async () => {
      const retired: RetiredFile[] = [];
      for (const { path, at } of own) {
        retired.push(
          at.length > 0 ? { file: path, keptAs: undefined } : await retire(folder, path),
        );
      }
      return retired;
    },
    { signal },
  );
}
