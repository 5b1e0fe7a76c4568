import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { backendFrom, type BackendOptions, type StorageBackend } from "@cutover/core";
import { CommitLog } from "./commit-log.ts";
import { LogDriver } from "./log-driver.ts";
import { claimStore } from "./process-claim.ts";

/** What {@link logBackend} accepts. */
export interface LogBackendOptions extends BackendOptions {
  /** The folder that the log lies in; it is made where it is missing. */
  readonly folder: string;
}

/**
 * A store of one process: records in memory, every commit a line at the end of a file. The file
 * only grows, and everything is read when it is opened: a toy, but one that keeps the contract.
 *
 * @throws StorageError LOCK_TIMEOUT when the store is open already; CORRUPT_DATA when the log is
 *   damaged
 */
export async function logBackend(options: LogBackendOptions): Promise<StorageBackend> {
  const { folder, ...rest } = options;
  await mkdir(folder, { recursive: true });
  const release = await claimStore(join(folder, "store.pid"));
  try {
    const opened = await CommitLog.open(join(folder, "store.log"));
    return backendFrom(new LogDriver({ folder, release, ...opened }), rest);
  } catch (error) {
    await release();
    throw error;
  }
}
