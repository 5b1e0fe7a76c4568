import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CollectionDefinition } from "@cutover/core";
import { emptyDocument } from "@cutover/json";
import { fileFailure } from "../state/file-failure.ts";
import { makeFolder } from "../state/write-durably.ts";
import { layoutOf } from "./original-group.ts";

/**
 * A file without records, for a collection that had no file when it was migrated.
 * @returns its path
 */
export async function emptyBaseOf(
  definition: CollectionDefinition,
  folder: string,
): Promise<string> {
  const place = join(folder, ".cutover", "base");
  const path = join(place, `empty-${definition.name}.json`);
  await makeFolder(place, 0o700);
  const layout = layoutOf(definition);
  try {
    const chunks = emptyDocument({ file: definition.file.path, layout }).chunks();
    await writeFile(path, Buffer.concat(chunks), { mode: 0o600 });
  } catch (error) {
    throw fileFailure("write", path, error);
  }
  return path;
}
