import { realpathSync } from "node:fs";
import { properLock } from "../lock/proper-lock.ts";
import { CommitLog } from "./commit-log.ts";
import { errnoOf, guarded } from "./file-error.ts";
import { type FileStore, type FileStoreOptions } from "./file-store.ts";
import { OpenStore } from "./open-store.ts";
import { type StoreContext } from "./store-context.ts";
import { StorePaths } from "./store-paths.ts";
import { sweepDeadWriters } from "./sweep.ts";
import { Writer } from "./writer.ts";

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
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (!["EROFS", "EACCES", "EPERM"].includes(errnoOf(cause))) throw error;
  }
}
