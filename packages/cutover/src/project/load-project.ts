import { realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { StorageError } from "@cutover/core";
import { configFileFrom, configFileIn } from "../config/config-file.ts";
import { defaultDatabase, type CutoverConfig } from "../config/cutover-config.ts";
import { loadConfig, type LoadedConfig } from "../config/load-config.ts";
import { inferCollections } from "../inspect/infer-collections.ts";
import { recogniseLayout } from "../layouts/recognise-layout.ts";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import type { MigrationRecord } from "../state/migration-record.ts";
import { readRecord } from "../state/record-file.ts";
import type { Project, ProjectSource } from "./project.ts";
import { shellWord } from "../output/shell-word.ts";

/** How to find a project. */
export interface ProjectFlags {
  /** A config file, relative to `cwd`. Default: the one that belongs to the folder. */
  readonly config?: string;
  /** Default: `process.cwd()`. */
  readonly cwd?: string;
  /** Accept a data folder that is not there yet. Default: false. */
  readonly mayBeNew?: boolean;
  /** Where variables are looked up that the config names. Default: `process.env`. */
  readonly env?: Project["env"];
}

interface Found {
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly config: CutoverConfig;
  readonly source: ProjectSource;
  readonly notes: readonly string[];
  readonly leftOut?: readonly string[];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw fileFailure("look at", path, error);
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  if (!(await isFolder(one)) || !(await isFolder(other))) return false;
  return (await realpath(one)) === (await realpath(other));
}

const fromConfig = (loaded: LoadedConfig, folder: string, notes: readonly string[]): Found => ({
  folder,
  configFile: loaded.file,
  config: loaded.config,
  source: "config file",
  notes,
});

/** `--config`: its `folder` must not contradict the folder on the command line. */
async function withNamedConfig(file: string, folder: string | undefined): Promise<Found> {
  const loaded = await loadConfig(file);
  if (folder === undefined || (await isSame(loaded.folder, folder))) {
    return fromConfig(loaded, loaded.folder, []);
  }
  if (loaded.config.folder === undefined) return fromConfig(loaded, folder, []);
  throw new StorageError(
    "CONFIG_INVALID",
    `${loaded.file} says that the data lies in ${loaded.folder}, and the folder given is ${folder}; ` +
      "leave one of them out",
  );
}

/** The config in the folder itself, or the nearest one above if it points to this folder. */
async function withConfigOf(folder: string): Promise<Found | undefined> {
  const inside = await configFileIn(folder);
  if (inside !== undefined) {
    const loaded = await loadConfig(inside);
    if (await isSame(loaded.folder, folder)) return fromConfig(loaded, folder, []);
    const note = `${inside} says that the data lies in ${loaded.folder}`;
    return fromConfig(loaded, loaded.folder, [note]);
  }
  const above = dirname(folder) === folder ? undefined : await configFileFrom(dirname(folder));
  if (above === undefined) return undefined;
  const loaded = await loadConfig(above);
  return (await isSame(loaded.folder, folder)) ? fromConfig(loaded, folder, []) : undefined;
}

async function withoutConfig(folder: string): Promise<Found> {
  const record = await readRecord(folder);
  const former = (record?.originals ?? []).map((original) => original.file);
  const layout = await recogniseLayout(folder, former);
  if (layout !== undefined) {
    const { collections, database, newFiles, notes } = layout;
    const source = "known layout models-downloader";
    return {
      folder,
      configFile: undefined,
      config: { collections, database, json: { newFiles } },
      source,
      notes,
    };
  }
  const nothing = { collections: [], notes: [], leftOut: [] };
  const inferred = (await isFolder(folder)) ? await inferCollections(folder) : nothing;
  const { collections, notes, leftOut } = inferred;
  const hint = `no config file: the collections were inferred; \`cutover init ${shellWord(folder)}\` shows and writes one`;
  const found = { folder, configFile: undefined, config: { collections } };
  return { ...found, source: "inferred", notes: [hint, ...notes], leftOut };
}

async function find(folder: string | undefined, flags: ProjectFlags): Promise<Found> {
  const cwd = resolve(flags.cwd ?? ".");
  const given = folder === undefined ? undefined : resolve(cwd, folder);
  if (flags.config !== undefined) return withNamedConfig(resolve(cwd, flags.config), given);
  if (given !== undefined) return (await withConfigOf(given)) ?? withoutConfig(given);
  const nearest = await configFileFrom(cwd);
  if (nearest === undefined) return withoutConfig(cwd);
  const loaded = await loadConfig(nearest);
  return fromConfig(loaded, loaded.folder, []);
}

function databaseNotes(config: CutoverConfig, record: MigrationRecord | undefined): string[] {
  const { database = defaultDatabase } = config;
  if (record === undefined || record.database === database) return [];
  return [
    `the migration record names the database ${record.database}, the config ${database}; the record decides`,
  ];
}

/**
 * Finds out what a data folder is: its config file, else a known application's layout, else what
 * its files look like; and which store is in charge of it. Nothing is written.
 *
 * @param folder - relative to `cwd`. Default: the folder of the nearest config file from `cwd`
 *   upwards, else `cwd` itself
 * @throws StorageError CONFIG_INVALID naming file and line, CORRUPT_DATA or FORMAT_TOO_NEW for the
 *   migration record, IO_FAILED
 */
export async function loadProject(
  folder: string | undefined,
  flags: ProjectFlags = {},
): Promise<Project> {
  const given = folder === undefined ? undefined : resolve(flags.cwd ?? ".", folder);
  const mayBeNew = flags.mayBeNew ?? false;
  if (given !== undefined && !mayBeNew && !(await isFolder(given))) {
    throw new StorageError("CONFIG_INVALID", `there is no folder ${given}; check the path`);
  }
  const found = await find(folder, flags);
  if (!mayBeNew && !(await isFolder(found.folder))) {
    throw new StorageError(
      "CONFIG_INVALID",
      `${found.configFile ?? ""} names the data folder ${found.folder}, which is not there; check \`folder\``,
    );
  }
  const record = await readRecord(found.folder);
  const database = record?.database ?? found.config.database ?? defaultDatabase;
  return {
    leftOut: [],
    ...found,
    env: flags.env ?? process.env,
    collections: found.config.collections,
    database,
    databasePath: join(found.folder, database),
    record,
    notes: [...found.notes, ...databaseNotes(found.config, record)],
  };
}
