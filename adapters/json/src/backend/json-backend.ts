import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import {
  backendFrom,
  type CollectionDefinition,
  type StorageBackend,
  StorageError,
} from "@cutover/core";
import type { DocumentFormat } from "../document/format.ts";
import type { FileLock } from "../lock/file-lock.ts";
import type { CommitPoint } from "../store/commit-points.ts";
import { codeOf } from "../store/file-error.ts";
import { fileStore } from "../store/file-store.ts";
import { syncNewFolders } from "../store/folder-sync.ts";
import type { StoreWarning } from "../store/store-warning.ts";
import { JsonDriver } from "./json-driver.ts";
import { TableCache } from "./table-cache.ts";

/** What {@link jsonBackend} accepts. */
export interface JsonBackendOptions {
  /** The folder that the collections' files lie in. It is made where it is missing. */
  readonly folder: string;
  /** Collections to know from the start; others are known from their first use. Default: none. */
  readonly collections?: readonly CollectionDefinition[];
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write waits for its turn, in milliseconds. Default: 10,000. */
  readonly lockTimeoutMs?: number;
  /** How files are written that do not exist yet. Default: two spaces, UTF-8, a final newline. */
  readonly newFiles?: Partial<DocumentFormat>;
  /**
   * Files of up to so many bytes keep their parsed records in memory; of larger ones every read
   * parses anew. Default: 64 MiB.
   */
  readonly cacheBytes?: number;
  /** Largest file that is read or written, in bytes. Default: 2 GiB − 1. */
  readonly maxFileBytes?: number;
  /** The queue of writers among processes. Default: proper-lockfile. Safety does not rest on it. */
  readonly lock?: FileLock;
  /**
   * Asked by the first read, and by the first after every commit of any process; what it throws is
   * what the call rejects with. Default: nothing is asked.
   */
  readonly guard?: () => Promise<void> | void;
  /** Told what a person should know, such as a foreign change that was saved. Default: nothing. */
  readonly onWarning?: (warning: StoreWarning) => void;
  /** Called between the system calls of a commit, for tests. Default: nothing. */
  readonly pause?: (point: CommitPoint) => Promise<void> | void;
}

const defaultCacheBytes = 64 * 1024 * 1024;

/**
 * Opens a folder of JSON files as a storage backend. Files are read and written in place, in the
 * format they have; records that do not change keep their bytes. Several processes may have the
 * folder open; programs that know nothing of this library may write to it too.
 *
 * @throws StorageError IO_FAILED or DISK_FULL when the folder cannot be opened; CONFIG_INVALID
 */
export async function jsonBackend(options: JsonBackendOptions): Promise<StorageBackend> {
  const { folder, collections = [], lock, maxFileBytes, pause, onWarning } = options;
  const root = resolve(folder);
  try {
    const first = await mkdir(root, { recursive: true, mode: 0o700 });
    if (first !== undefined) await syncNewFolders(first, root);
  } catch (cause) {
    throw new StorageError(codeOf(cause), `cannot make the folder ${root}`, {
      backend: "json",
      cause,
    });
  }
  const store = await fileStore({
    root,
    ...(lock === undefined ? {} : { lock }),
    ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
    ...(pause === undefined ? {} : { pause }),
    ...(onWarning === undefined ? {} : { warn: onWarning }),
  });
  const { newFiles = {}, cacheBytes = defaultCacheBytes } = options;
  const backend = backendFrom(
    new JsonDriver(store, new TableCache({ store, newFiles, cacheBytes, guard: options.guard })),
    options,
  );
  for (const collection of collections) backend.collection(collection);
  return backend;
}
