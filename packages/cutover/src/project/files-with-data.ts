import { createReadStream } from "node:fs";
import { join } from "node:path";
import { outlineOf } from "../inspect/file-outline.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { Project } from "./project.ts";

async function hasData(path: string): Promise<boolean> {
  try {
    const { kind, inside } = await outlineOf(createReadStream(path));
    // A file that is no empty container may hold data, even where it is broken.
    const isEmpty = inside.object + inside.array + inside.scalar === 0;
    return kind === "scalar" || (kind !== "blank" && !isEmpty);
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
