import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StorageError } from "@cutover/core";
import { errnoOf, fileFailure } from "../state/file-failure.ts";

/** The names a config file may have. */
export const configFileNames: readonly string[] = ["ts", "mts", "js", "mjs", "json"].map(
  (extension) => `cutover.config.${extension}`,
);

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw fileFailure("look at", path, error);
  }
}

/**
 * The config file that lies in a folder.
 * @throws StorageError CONFIG_INVALID when there are two: neither of them could be meant
 */
export async function configFileIn(folder: string): Promise<string | undefined> {
  const found: string[] = [];
  for (const name of configFileNames) {
    if (await isFile(join(folder, name))) found.push(join(folder, name));
  }
  if (found.length > 1) {
    throw new StorageError(
      "CONFIG_INVALID",
      `${folder} has more than one config file (${found.map((file) => file.slice(folder.length + 1)).join(", ")}); keep one`,
    );
  }
  return found[0];
}

/** The nearest config file, from a folder upwards. */
export async function configFileFrom(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await configFileIn(at);
    if (found !== undefined || dirname(at) === at) return found;
  }
}
