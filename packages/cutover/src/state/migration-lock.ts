import { StorageError, isStorageError } from "@cutover/core";
import { statePaths } from "./state-paths.ts";
import { makeFolder } from "./write-durably.ts";
import { shellWord } from "../output/shell-word.ts";

/** A turn at the lock. */
export interface HeldTurn {
  /** True once somebody else has taken the lock over. */
  readonly compromised: boolean;
  release(): Promise<void>;
}

/** A lock that frees itself when its holder dies; `properLock` of the JSON adapter is one. */
export interface TurnLock {
  acquire(options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  }): Promise<HeldTurn>;
}

/** What {@link withMigrationLock} accepts. */
export interface MigrationLockOptions {
  /** How long to wait for another operator, in milliseconds. Default: 2,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default: the JSON adapter's lock at `.cutover/migration.lock`. */
  readonly lock?: (path: string) => TurnLock | Promise<TurnLock>;
}

/** What the work under the lock can ask. */
export interface MigrationTurn {
  /**
   * Call before every step that matters: a process that was stopped for long may have lost the lock.
   * @throws StorageError LOCK_LOST
   */
  check(): void;
}

async function defaultLock(path: string): Promise<TurnLock> {
  const { properLock } = await import("@cutover/json");
  return properLock(path);
}

function lost(folder: string): StorageError {
  return new StorageError(
    "LOCK_LOST",
    `the migration lock of ${folder} was taken over by another cutover command; run it again`,
    { operation: "lock", nextCommand: `cutover status ${shellWord(folder)}` },
  );
}

function busy(folder: string, cause: unknown): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `another cutover command is changing ${folder}; wait for it to end, then run this one again`,
    { operation: "lock", nextCommand: `cutover status ${shellWord(folder)}`, cause },
  );
}

/**
 * Runs `work` while no other operator migrates, rolls back or restores this data folder. The lock
 * of a process that died is taken over at once. It queues operators and does not guard the data:
 * {@link writeRecord} decides.
 *
 * @returns what `work` returned
 * @throws StorageError LOCK_TIMEOUT while another one holds it; and whatever `work` throws
 */
export async function withMigrationLock<T>(
  folder: string,
  work: (turn: MigrationTurn) => Promise<T>,
  options: MigrationLockOptions = {},
): Promise<T> {
  const paths = statePaths(folder);
  await makeFolder(paths.state, 0o700);
  const lock = await (options.lock ?? defaultLock)(paths.lock);
  const { signal, timeoutMs = 2_000 } = options;
  let held: HeldTurn;
  try {
    held = await lock.acquire({ timeoutMs, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    throw isStorageError(error, "LOCK_TIMEOUT") ? busy(folder, error) : error;
  }
  const check = (): void => {
    if (held.compromised) throw lost(folder);
  };
  try {
    return await work({ check });
  } finally {
    await held.release();
  }
}
