import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { MigrationRecord, OriginalFile } from "../state/migration-record.ts";

/** Digest of a file's bytes, in lower-case hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

async function isEdited(folder: string, original: OriginalFile): Promise<boolean> {
  const path = join(folder, original.file);
  try {
    const found = await stat(path);
    if (found.size !== original.sizeBytes) return true;
    // The same size and time: nobody wrote to it, so that a large file need not be read.
    if (found.mtime.toISOString() === original.mtime) return false;
    return (await sha256Of(path)) !== original.sha256;
  } catch (error) {
    const errno = errnoOf(error);
    // Put away, as a migration that keeps them as `.bak` does: nobody edits it there.
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw fileFailure("read", path, error);
  }
}

/**
 * The JSON files that somebody changed after they were migrated: those changes are in no database.
 * @returns paths relative to the folder
 */
export async function editedOriginals(folder: string, record: MigrationRecord): Promise<string[]> {
  const edited: string[] = [];
  for (const original of record.originals) {
    if (await isEdited(folder, original)) edited.push(original.file);
  }
  return edited;
}
