import { stat } from "node:fs/promises";
import { StorageError } from "@cutover/core";
import { shellWord } from "../output/shell-word.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { BackendKind } from "../state/migration-record.ts";
import { wholeBackend } from "../state/whole-backend.ts";
import type { AskedBackend } from "./asked-backend.ts";
import { filesWithData } from "./files-with-data.ts";
import type { Project } from "./project.ts";

/** The store to open. */
export interface BackendChoice {
  readonly backend: BackendKind;
  /** True for a folder without any data, which is served from SQLite from its first day on. */
  readonly isNew: boolean;
}

const names: Readonly<Record<BackendKind, string>> = { json: "JSON files", sqlite: "SQLite" };
const verbs: Readonly<Record<BackendKind, string>> = { json: "rollback", sqlite: "migrate" };

export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw fileFailure("look at", path, error);
  }
}

function contradicted(project: Project, asked: AskedBackend): StorageError {
  const { folder, record } = project;
  const command = `cutover ${verbs[asked.backend]} ${shellWord(folder)}`;
  const inCharge = names[wholeBackend(folder, record)];
  return new StorageError(
    "STAGE_REFUSED",
    `${asked.by} asks for ${names[asked.backend]}, and the data of ${folder} is in ${inCharge} ` +
      `(migration record, epoch ${record?.epoch ?? 0}); the others would be stale. To move it: ${command}`,
    { operation: "open", nextCommand: command },
  );
}

function unmigrated(project: Project, asked: AskedBackend, files: readonly string[]): StorageError {
  const command = `cutover migrate ${shellWord(project.folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${asked.by} asks for SQLite, and the data of ${project.folder} is still in its JSON files ` +
      `(${files.join(", ")}). Migrate it first: ${command}`,
    { operation: "open", nextCommand: command },
  );
}

function databaseGone(project: Project): StorageError {
  const command = `cutover status ${shellWord(project.folder)}`;
  return new StorageError(
    "STAGE_REFUSED",
    `the data of ${project.folder} is in the database ${project.databasePath}, which is not there; ` +
      "an empty one is never put in its place. Put the file back, or restore a backup",
    { operation: "open", nextCommand: command },
  );
}

/**
 * Decides which store of a project to open: the record decides, and who asks for another one is
 * refused with the command to type.
 *
 * @throws StorageError STAGE_REFUSED, IO_FAILED
 */
export async function chooseBackend(
  project: Project,
  asked: AskedBackend | undefined,
): Promise<BackendChoice> {
  if (project.record !== undefined) {
    const backend = wholeBackend(project.folder, project.record);
    if (asked !== undefined && asked.backend !== backend) throw contradicted(project, asked);
    if (backend === "sqlite" && !(await fileExists(project.databasePath)))
      throw databaseGone(project);
    return { backend, isNew: false };
  }
  if (asked?.backend !== "sqlite") return { backend: "json", isNew: false };
  const files = await filesWithData(project);
  if (files.length > 0) throw unmigrated(project, asked, files);
  return { backend: "sqlite", isNew: true };
}
