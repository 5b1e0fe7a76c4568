import { join, resolve } from "node:path";
import { type StorageBackend, StorageError } from "@cutover/core";
import type { PostgresOptions } from "@cutover/kysely/postgres";
import {
  type BackendKind,
  type CutoverConfig,
  loadProject,
  type MigrationTarget,
  modelsDownloader,
  openStorage,
  restore,
  type RestoreReport,
  type StorageWarning,
} from "cutover";
import { documentCollections } from "../documents/wrapper-members.ts";
import { searchCollection } from "../records/store-collections.ts";
import type { ReadNativeSettings } from "../settings/native-settings.ts";
import { storesOn, type Stores } from "./stores.ts";

/** What {@link openStores} accepts. */
export interface OpenStoresOptions {
  /** The application's folder. */
  readonly folder: string;
  /** The store to ask for; the folder's migration record decides. Default: the one in charge. */
  readonly backend?: BackendKind;
  /**
   * The stores are in a schema of a Postgres database; the folder's own are left alone. A new schema
   * is empty until `copyStores` fills it. Needs the package `pg`. Default: they are in the folder.
   */
  readonly postgres?: PostgresOptions;
  /** Arguments that may hold `--backend json|sqlite` or `--use-json`. Default: none. */
  readonly argv?: readonly string[];
  /** Where to look for `CUTOVER_BACKEND`. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** ComfyUI's own settings. Default: there are none. */
  readonly readNativeSettings?: ReadNativeSettings;
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Default: `process.emitWarning`. */
  readonly onWarning?: (warning: StorageWarning) => void;
}

/** The application's collections, as `openStorage` and migrations need to know them. */
export const storesConfig: CutoverConfig = {
  database: modelsDownloader.database,
  collections: [
    ...modelsDownloader.collections,
    searchCollection("huggingface"),
    searchCollection("civitai"),
  ],
  json: { newFiles: modelsDownloader.newFiles },
};

/** The folder as `migrate`, `rollback` and `restore` of the package `cutover` need to know it. */
export async function storesTarget(folder: string): Promise<MigrationTarget> {
  const project = await loadProject(folder, { mayBeNew: true });
  const database = project.record?.database ?? modelsDownloader.database;
  return {
    folder: project.folder,
    collections: storesConfig.collections,
    databasePath: join(project.folder, database),
    newFiles: modelsDownloader.newFiles,
  };
}

/**
 * Puts a backup in the place of the store in charge. What was there is kept aside. No process may
 * have the stores open.
 *
 * @throws StorageError STAGE_REFUSED when the backup is of the store that is not in charge;
 *   LOCK_TIMEOUT when the store is in use; CORRUPT_DATA when the backup is damaged, IO_FAILED
 */
export async function restoreStores(folder: string, from: string): Promise<RestoreReport> {
  return restore(await storesTarget(folder), resolve(from));
}

/** In a JSON folder: the documents as collections, beside the storage of the records. */
async function openDocuments(
  storage: StorageBackend,
  folder: string,
): Promise<StorageBackend | undefined> {
  if (storage.kind !== "json") return undefined;
  const config: CutoverConfig = {
    ...storesConfig,
    collections: Object.values(documentCollections),
  };
  return openStorage({ folder, config, backend: "json", env: {}, onWarning: () => {} });
}

async function openOnPostgres(
  options: PostgresOptions,
  clock: (() => number) | undefined,
): Promise<StorageBackend> {
  // Who stays with files or SQLite need not have `pg`.
  const { postgresBackend } = await import("@cutover/kysely/postgres");
  const { collections } = storesConfig;
  return postgresBackend({ collections, ...(clock === undefined ? {} : { clock }), ...options });
}

async function openStorageOf(options: OpenStoresOptions): Promise<StorageBackend> {
  const { postgres, readNativeSettings: _, ...rest } = options;
  if (postgres === undefined) return openStorage({ ...rest, config: storesConfig });
  if (rest.backend === undefined) return openOnPostgres(postgres, rest.clock);
  throw new StorageError(
    "CONFIG_INVALID",
    `the stores are asked for on Postgres and in the folder's ${rest.backend}; ask for one of them`,
  );
}

/**
 * Opens the application's folder and hands out its stores, from whichever store is in charge, or
 * from a Postgres database. Expired answers of searches are cleared away first. Close the stores
 * when done.
 *
 * @throws StorageError STAGE_REFUSED with `nextCommand` when another store is asked for than the
 *   one in charge; CORRUPT_DATA, FORMAT_TOO_NEW, IO_FAILED; CONFIG_INVALID, CONNECTION_LOST and
 *   SCHEMA_OUTDATED of Postgres
 * @example
 * await using stores = await openStores({ folder: "custom_nodes/wmd" });
 * const recent = await stores.history.getRecent();
 */
export async function openStores(options: OpenStoresOptions): Promise<Stores> {
  const { readNativeSettings, clock } = options;
  const folder = resolve(options.folder);
  const storage = await openStorageOf({ ...options, folder });
  try {
    const documents = await openDocuments(storage, folder);
    const parts = { storage, folder, readNativeSettings, clock };
    const stores = storesOn(documents === undefined ? parts : { ...parts, documents });
    await stores.searchCache.cleanupExpired();
    return stores;
  } catch (error) {
    await storage.close();
    throw error;
  }
}
