import { findJsonFiles } from "../inspect/find-json-files.ts";
import type { FolderTarget } from "./folder-target.ts";

/** JSON files named in a note, at most. */
const most = 10;

/**
 * Notes about JSON files that no collection of the config names: they stay as they are, and whoever
 * mistyped a path should hear of it.
 */
export async function unclaimedFiles({
  project,
}: Pick<FolderTarget, "project">): Promise<string[]> {
  if (project.source !== "config file") return [];
  const claimed = new Set(project.collections.map(({ file }) => file.path));
  const { files } = await findJsonFiles(project.folder);
  const unclaimed = files.filter((file) => !claimed.has(file));
  if (unclaimed.length === 0) return [];
  const more = unclaimed.length > most ? `, and ${unclaimed.length - most} more` : "";
  return [
    `no collection of the config names ${unclaimed.slice(0, most).join(", ")}${more}: left as they are, and not moved`,
  ];
}
