import { StorageError } from "@cutover/core";
import { backOff } from "../driver/back-off.ts";
import { statement } from "../sql/statement.ts";
import type { NativeSession } from "../sqlite/native-session.ts";
import { explainCommit, isBusy } from "../sqlite/sqlite-error.ts";

const begin = statement("BEGIN IMMEDIATE");
const commit = statement("COMMIT");
const rollback = statement("ROLLBACK");
/** Writes, whatever it says: to be undone. */
const touch = statement("PRAGMA user_version = 1");
/** How long a transaction waits for other writers, in milliseconds. */
const patienceMs = 10_000;

function undo(session: NativeSession): void {
  try {
    if (session.database.inTransaction) session.run(rollback, []);
  } catch {
    // Already rolled back by SQLite itself, which is all that was wanted.
  }
}

/** One transaction from begin to end without giving up the thread: nothing can come between. */
export function transactNow<T>(session: NativeSession, work: () => T): T {
  session.run(begin, []);
  try {
    const result = work();
    session.run(commit, []);
    return result;
  } catch (error) {
    undo(session);
    throw explainCommit(error, session.database.name);
  }
}

/**
 * Fails where the connection can only read: what SQLite cannot open for writing for a moment, it
 * opens for reading, stays with that, and says nothing until somebody writes.
 */
export function checkWrites(session: NativeSession): void {
  session.run(begin, []);
  try {
    session.run(touch, []);
  } finally {
    undo(session);
  }
}

/** Repeats something until nobody else is in the way. @throws StorageError LOCK_TIMEOUT */
export async function whenFree<T>(work: () => T | Promise<T>): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > endMs) throw busyControl(error);
      await backOff();
    }
  }
}

function busyControl(cause: unknown): StorageError {
  return new StorageError(
    "LOCK_TIMEOUT",
    `the control store stayed busy for ${patienceMs} ms; nothing was changed`,
    { cause },
  );
}
