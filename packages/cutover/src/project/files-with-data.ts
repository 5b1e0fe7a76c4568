import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { Project } from "./project.ts";

/** An empty container takes no more, however it is laid out. */
const longestEmptyBytes = 1024;
const empty = /^\uFEFF?\s*(\{\s*\}|\[\s*\])?\s*$/;

/** Anything but an empty file, object or array may be data, even where it is broken. */
async function hasData(path: string): Promise<boolean> {
  try {
    const { size } = await stat(path);
    return size > longestEmptyBytes || !empty.test(await readFile(path, "utf8"));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw fileFailure("read", path, error);
  }
}

/** The collections' JSON files that are there and not empty. */
export async function filesWithData(project: Project): Promise<string[]> {
  const files = new Set(project.collections.map((collection) => collection.file.path));
  const found: string[] = [];
  for (const file of files) {
    if (await hasData(join(project.folder, file))) found.push(file);
  }
  return found;
}
