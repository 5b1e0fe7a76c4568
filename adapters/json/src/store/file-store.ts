import { realpathSync } from "node:fs";
import { isStorageError } from "@cutover/core";
import { properLock } from "../lock/proper-lock.ts";
import { CommitLog } from "./commit-log.ts";
import { errnoOf, fileError, guarded } from "./file-error.ts";
import { FileCloser } from "./file-closer.ts";
import { OpenStore } from "./open-store.ts";
import { type StoreContext } from "./store-context.ts";
import { StorePaths } from "./store-paths.ts";
import { finishAbandoned, sweepDeadWriters } from "./sweep.ts";
import { Writer } from "./writer.ts";
import { type AcquireOptions, type FileLock, type HeldLock } from "../lock/file-lock.ts";
import { type CommitPoint } from "./commit-points.ts";
import { type FileVersion } from "./file-version.ts";
import { type StoreSnapshot } from "./snapshot.ts";
import { type StoreWarning } from "./store-warning.ts";

/** What a {@link FileStore} is opened with. */
export interface FileStoreOptions {
  /** Absolute path of the data folder. It must exist. */
  readonly root: string;
  /** The queue of writers; default: proper-lockfile in the state folder. */
  readonly lock?: FileLock;
  /** Default 10000. */
  readonly lockTimeoutMs?: number;
  /** Largest file that is read or written, in bytes; default 2^31 - 1. */
  readonly maxFileBytes?: number;
  /** Called between the system calls of a commit, for tests; default: nothing. */
  readonly pause?: (point: CommitPoint) => Promise<void> | void;
  /** Told what a person should know; default: nothing. It must not throw. */
  readonly warn?: (warning: StoreWarning) => void;
}

/** Options of {@link FileStore.commit}. */
export interface CommitOptions {
  /** Heeded until the commit is claimed. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the new content begins to be written, and waited for before the commit is claimed.
   * False: the commit fails with a StoreConflict, and nothing was changed. Default: no need to ask.
   */
  readonly permit?: (() => Promise<boolean>) | undefined;
}

/** A consistent read: a snapshot and the bytes of its files. */
export interface FileContents {
  readonly snapshot: StoreSnapshot;
  /** By file name; no entry for a file that does not exist. */
  readonly bytes: ReadonlyMap<string, Buffer>;
}

/**
 * Named files of one folder with all-or-nothing commits over several of them, safe among
 * processes that die or sleep at any moment. It knows nothing of what the files hold.
 *
 * It needs a local file system with hard links. Reading creates nothing.
 */
export interface FileStore {
  /** Real path of the data folder. */
  readonly root: string;

  /**
   * Token of the latest commit as of the last call of {@link snapshot} or {@link isCurrent}; no
   * look is taken for it. Undefined before the first.
   */
  readonly lastToken: string | undefined;

  /**
   * What these files are now, at one revision, with a commit that is claimed but not applied
   * seen as applied. Synchronous; opens only files that changed. A file that did not change keeps
   * its `FileVersion` object, so comparing by `===` tells what to load again.
   * @throws StorageError IO_FAILED if a path is no regular file or cannot be looked at,
   *   CONFIG_INVALID for a path outside the folder, BACKEND_CLOSED
   */
  snapshot(files: Iterable<string>): StoreSnapshot;

  /**
   * Whether this version is still what its file holds; about 2 µs. Only the version last handed
   * out for a file can be current. A foreign write within one tick of the file system's clock (4
   * to 10 ms before Linux 6.13) that keeps inode and size goes unnoticed.
   */
  isCurrent(version: FileVersion): boolean;

  /**
   * Bytes of a version, or the part of it from `offset`.
   * @throws StoreConflict if it was superseded or written to meanwhile; StorageError IO_FAILED,
   *   also for a file above `maxFileBytes`
   */
  load(version: FileVersion, range?: { offset: number; length: number }): Promise<Buffer>;

  /** Snapshot and bytes together, redone until they belong together. */
  read(files: Iterable<string>): Promise<FileContents>;

  /**
   * Replaces the content of some files, all or none, if nothing in `base` has changed. Resolves
   * when it is durable. There is no deletion: an unlink that comes late, from a writer that slept,
   * would remove newer data, while a late rename finds nothing to move.
   * @param changes by file name, the buffers of the new content in order; every name is in `base`
   * @returns the snapshot after the commit, with the files of `base`
   * @throws StoreConflict if somebody else was first: nothing was changed, take a new snapshot;
   *   StorageError DISK_FULL or IO_FAILED: nothing was changed; COMMIT_UNKNOWN: look before
   *   trying again; rethrows `signal.reason`
   */
  commit(
    base: StoreSnapshot,
    changes: ReadonlyMap<string, readonly Uint8Array[]>,
    options?: CommitOptions,
  ): Promise<StoreSnapshot>;

  /**
   * Queues for the turn to write, then runs `work`. Makes conflicts rare; `commit` is safe
   * without it.
   * @throws StorageError LOCK_TIMEOUT, IO_FAILED naming a folder that cannot be written
   */
  withLock<T>(work: (held: HeldLock) => Promise<T>, options?: Partial<AcquireOptions>): Promise<T>;

  /** Waits for commits under way, then closes every file. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens a folder of files. Finishes a commit that a dead writer left half-way and removes what
 * dead writers left, where the folder can be written; creates nothing.
 * @throws StorageError IO_FAILED if the folder is missing or cannot be read
 */
export async function fileStore(options: FileStoreOptions): Promise<FileStore> {
  const root = guarded("open the folder", options.root, () => realpathSync(options.root));
  const paths = new StorePaths(root);
  const context: StoreContext = {
    paths,
    log: new CommitLog(paths),
    writer: new Writer(paths),
    closer: new FileCloser(),
    maxFileBytes: options.maxFileBytes ?? 2 ** 31 - 1,
    pause: options.pause ?? (() => {}),
    warn: options.warn ?? (() => {}),
  };
  await recover(context);
  const lock = options.lock ?? properLock(paths.lock);
  return new OpenStore(context, lock, options.lockTimeoutMs ?? 10_000);
}

/** Whoever may not write can still read: snapshots see a claimed commit as applied. */
async function recover(context: StoreContext): Promise<void> {
  try {
    await sweepDeadWriters(context, { alsoUnknown: true });
    await finishAbandoned(context);
  } catch (error) {
    // Whoever reads is told about a record that cannot be.
    if (isStorageError(error, "CORRUPT_DATA") || isStorageError(error, "FORMAT_TOO_NEW")) return;
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (["EROFS", "EACCES", "EPERM"].includes(errnoOf(cause))) return;
    throw fileError("open the store in", context.paths.root, error);
  }
}
