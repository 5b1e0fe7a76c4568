import { relative } from "node:path";
import { definitionsDigest } from "../project/definitions-digest.ts";
import { loadProject } from "../project/load-project.ts";
import type { Project } from "../project/project.ts";
import { UsageError } from "../output/error-report.ts";
import { shellWord } from "../output/shell-word.ts";
import type { MigrationTarget } from "../migration/migration-target.ts";
import type { Session } from "./command.ts";

/** Options of every command that works on a data folder. */
export interface FolderFlags {
  readonly config?: string;
}

/** A data folder, as a command was told of it. */
export interface FolderTarget extends MigrationTarget {
  readonly project: Project;
  /** The folder as it was typed, for commands to type next. */
  readonly word: string;
}

/**
 * Finds out what the folder is; without one, that of the nearest config file.
 * @throws StorageError CONFIG_INVALID, CORRUPT_DATA, IO_FAILED
 */
export async function folderTarget(
  folder: string | undefined,
  flags: FolderFlags,
  session: Session,
): Promise<FolderTarget> {
  const { cwd, env } = session;
  const config = flags.config === undefined ? {} : { config: flags.config };
  const project = await loadProject(folder, { cwd, env, ...config });
  if (folder === undefined && project.configFile === undefined) {
    throw new UsageError(
      "which folder? There is no config file here, nor above; name the data folder",
    );
  }
  const suffix = flags.config === undefined ? "" : ` --config ${shellWord(flags.config)}`;
  return {
    project,
    word: shellWord(folder ?? (relative(cwd, project.folder) || ".")) + suffix,
    folder: project.folder,
    collections: project.collections,
    databasePath: project.databasePath,
    ...(project.config.json?.newFiles === undefined
      ? {}
      : { newFiles: project.config.json.newFiles }),
    configDigest: definitionsDigest(project.collections),
  };
}
