import { resolve } from "node:path";
import { isStorageError, StorageError, type StorageBackend } from "@cutover/core";
import { checkConfig } from "./config/check-config.ts";
import { defaultDatabase, type CutoverConfig } from "./config/cutover-config.ts";
import { hasDatabase, hopOf } from "./hop/hop.ts";
import { checkFilesRestored } from "./migration/file-restore.ts";
import { checkRecordedDatabase } from "./migration/recorded-database.ts";
import { askedBackend, type AskedBackend } from "./project/asked-backend.ts";
import { chooseBackend, fileExists } from "./project/choose-backend.ts";
import { definitionsDigest } from "./project/definitions-digest.ts";
import { editedOriginals } from "./project/edited-originals.ts";
import { filesWithData } from "./project/files-with-data.ts";
import { loadProject } from "./project/load-project.ts";
import { shellWord } from "./output/shell-word.ts";
import { openJson } from "./project/open-json.ts";
import type { Project } from "./project/project.ts";
import type { StorageWarning, Warn } from "./project/storage-warning.ts";
import { checkJsonInCharge } from "./state/json-write-lock.ts";
import { chosenBackend, nextRecord, stepOf, type BackendKind } from "./state/migration-record.ts";
import { readRecord, writeRecord } from "./state/record-file.ts";
import { makeFolder } from "./state/write-durably.ts";
import { checkNotOrphaned } from "./units/orphaned-database.ts";
import { openUnits } from "./units/open-units.ts";
import { isGradual } from "./units/project-units.ts";

/** What {@link openStorage} accepts. */
export interface OpenStorageOptions {
  /** The data folder, relative to `cwd`. Default: the config's. */
  readonly folder?: string;
  /** A config file, or a config. Default: the nearest `cutover.config.*` from `cwd` upwards. */
  readonly config?: string | CutoverConfig;
  /** The store to ask for. Default: none, so that the migration record decides alone. */
  readonly backend?: BackendKind;
  /** The application's arguments, for `--backend json|sqlite` and `--use-json`. Default: none. */
  readonly argv?: readonly string[];
  /** Where to look for `CUTOVER_BACKEND`, and for the variable that `postgres` names. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Default: `process.cwd()`. */
  readonly cwd?: string;
  /** Default: `process.emitWarning`. */
  readonly onWarning?: (warning: StorageWarning) => void;
}

function emit({ message }: StorageWarning): void {
  process.emitWarning(message, "CutoverWarning");
}

async function projectOf(options: OpenStorageOptions): Promise<Project> {
  const { config, cwd = process.cwd(), env = process.env } = options;
  if (typeof config !== "object") {
    const named = config === undefined ? {} : { config };
    return loadProject(options.folder, { cwd, env, mayBeNew: true, ...named });
  }
  const problem = checkConfig(config).problems?.[0];
  if (problem !== undefined) {
    throw new StorageError(
      "CONFIG_INVALID",
      `the config passed to openStorage: ${problem.message}`,
    );
  }
  const folder = resolve(cwd, options.folder ?? config.folder ?? ".");
  const record = await readRecord(folder);
  const database = record?.database ?? config.database ?? defaultDatabase;
  return {
    folder,
    configFile: undefined,
    config,
    env,
    collections: config.collections,
    database,
    databasePath: resolve(folder, database),
    record,
    source: "config file",
    notes: [],
    leftOut: [],
  };
}

/** An application defines what was only inferred itself, and may define it otherwise. */
const definedCollections = (project: Project): Project["collections"] =>
  project.source === "inferred" ? [] : project.collections;

type Clock = { readonly clock?: () => number };

async function openSqlite(project: Project, clock: Clock): Promise<StorageBackend> {
  const { sqliteBackend } = await import("@cutover/kysely/sqlite");
  const { databasePath: path, config } = project;
  const collections = definedCollections(project);
  return sqliteBackend({ path, collections, ...clock, ...config.sqlite });
}

/** No record has it; whoever looks for it has the database open. */
const nobodysKey = "cutover:opened";

/**
 * Opens the database of a folder that was migrated as a whole. A second hop begins only while nobody
 * else has it open, so it has to be open before the record is looked at for the last time.
 */
async function openWholeSqlite(project: Project, clock: Clock): Promise<StorageBackend> {
  const storage = await openSqlite(project, clock);
  try {
    const [first] = definedCollections(project);
    if (first === undefined) await storage.info();
    else await storage.collection(first).get(nobodysKey);
    const record = await readRecord(project.folder);
    if (chosenBackend(record) === "sqlite") return storage;
    throw new StorageError(
      "STAGE_REFUSED",
      `another store was put in charge of ${project.folder} while it was opened; open it again`,
      { operation: "open", nextCommand: `cutover status ${shellWord(project.folder)}` },
    );
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Puts a new database in charge. Of several processes that do so at once, one writes the record. */
async function putInCharge(project: Project): Promise<void> {
  const { folder, database, collections } = project;
  const step = stepOf("create");
  const configDigest = definitionsDigest(collections);
  const record = nextRecord(undefined, { backend: "sqlite", database, configDigest, step });
  try {
    await writeRecord(folder, record);
  } catch (error) {
    const current = await readRecord(folder);
    const isSame = current?.backend === "sqlite" && current.database === database;
    if (!isStorageError(error, "VERSION_CONFLICT") || !isSame) throw error;
  }
}

async function openNewSqlite(project: Project, clock: Clock): Promise<StorageBackend> {
  await makeFolder(project.folder, 0o700);
  const storage = await openSqlite(project, clock);
  try {
    // The first call makes the file: a record must never name a database that is not there.
    await storage.info();
    await putInCharge(project);
    return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function warnOfOriginals({ folder, record }: Project, warn: Warn): Promise<void> {
  const files = record === undefined ? [] : await editedOriginals(folder, record);
  if (files.length === 0) return;
  const message =
    `${files.join(", ")} in ${folder} changed after the migration; the database has none of it. ` +
    "Is an old version of the application still running?";
  warn({ code: "originals-edited", message, files });
}

async function warnOfDatabase(project: Project, warn: Warn): Promise<void> {
  const { record, databasePath, database, folder } = project;
  if (record !== undefined || !(await fileExists(databasePath))) return;
  const message =
    `${databasePath} is there, and no migration record of ${folder} puts it in charge: the JSON ` +
    "files are used. A migration may have been broken off, or .cutover was deleted";
  warn({ code: "database-without-record", message, files: [database] });
}

/** Without any data there is nothing to move: such a folder may begin in SQLite. */
async function isFresh(project: Project, asked: AskedBackend | undefined): Promise<boolean> {
  if (project.record !== undefined || asked?.backend !== "sqlite") return false;
  if (!hasDatabase(hopOf(project.config))) return false;
  return (await filesWithData(project)).length === 0;
}

/**
 * Opens an application's storage: finds its config, asks the folder's migration record which store
 * is in charge, and hands that one out. Close it when done.
 *
 * Flags (`argv`), `CUTOVER_BACKEND`, `backend` and the config may ask for a store, in this order;
 * none of them moves the data. Where they contradict the record, opening is refused with the
 * command to type, so that no process ever serves stale data. Where collections move one by one
 * (`teams`), each is read and written where the control store says, also while it moves; there
 * `--use-json` takes them back to the JSON files first, with everything written since.
 *
 * @returns the storage; its `kind` tells which store it is
 * @throws StorageError STAGE_REFUSED with `nextCommand`; CONFIG_INVALID naming file and line;
 *   CORRUPT_DATA, FORMAT_TOO_NEW, IO_FAILED
 * @example
 * await using storage = await openStorage({ argv: process.argv.slice(2) });
 */
export async function openStorage(options: OpenStorageOptions = {}): Promise<StorageBackend> {
  const warn = options.onWarning ?? emit;
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  const project = await projectOf(options);
  if (chosenBackend(project.record) === "json") await checkFilesRestored(project.folder);
  const asked = askedBackend({
    argv: options.argv,
    env: options.env ?? process.env,
    option: options.backend,
    config: project.config.backend,
  });
  if (isGradual(project) && !(await isFresh(project, asked))) {
    return openUnits(project, { asked, warn, ...clock });
  }
  const { backend, isNew } = await chooseBackend(project, asked);
  if (isNew) return openNewSqlite(project, clock);
  if (backend === "sqlite") {
    await checkRecordedDatabase(project, project.record);
    await warnOfOriginals(project, warn);
    return openWholeSqlite(project, clock);
  }
  await checkNotOrphaned(project);
  await warnOfDatabase(project, warn);
  return openJson(project, {
    collections: definedCollections(project),
    check: () => checkJsonInCharge(project.folder),
    warn,
    ...clock,
  });
}
