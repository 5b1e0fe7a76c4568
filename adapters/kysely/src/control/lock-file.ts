import { closeSync, existsSync, fsyncSync, openSync, writeSync } from "node:fs";
import { StorageError } from "@cutover/core";
import { statement } from "../sql/statement.ts";
import { openDatabase } from "../sqlite/file-connections.ts";
import { NativeSession } from "../sqlite/native-session.ts";
import { isBusy } from "../sqlite/sqlite-error.ts";

const beginShared = statement("BEGIN");
const beginExclusive = statement("BEGIN EXCLUSIVE");
// Preparing it takes no lock, running it takes the shared one.
const touch = statement("PRAGMA user_version");
const end = statement("ROLLBACK");

/** The smallest database that is one: then an exclusive transaction has nothing to write. */
async function emptyDatabase(): Promise<Buffer> {
  const { default: Driver } = await import("better-sqlite3");
  const database = new Driver(":memory:");
  try {
    database.exec("PRAGMA page_size = 512; PRAGMA user_version = 1");
    return database.serialize();
  } finally {
    database.close();
  }
}

/** Makes the file unless it is there; one that is there must never be opened except by SQLite. */
async function createLockFile(path: string): Promise<void> {
  const content = await emptyDatabase();
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return;
    const message = `${path}: the lock file cannot be created; look at its folder`;
    throw new StorageError("IO_FAILED", message, { cause });
  }
}

/**
 * One connection to a database without content, for the sake of SQLite's file locks. They exclude
 * each other between processes and between connections, and end with the process.
 */
export class LockFile {
  private readonly session: NativeSession;

  private constructor(session: NativeSession) {
    this.session = session;
  }

  static async open(path: string): Promise<LockFile> {
    if (!existsSync(path)) await createLockFile(path);
    return new LockFile(new NativeSession(await openDatabase(path), path));
  }

  /** True when nobody holds it exclusively at this moment. */
  isFree(): boolean {
    return this.succeeds(() => this.session.get(touch, []));
  }

  tryShared(): boolean {
    return this.succeeds(() => {
      this.session.run(beginShared, []);
      this.session.get(touch, []);
    });
  }

  tryExclusive(): boolean {
    return this.succeeds(() => this.session.run(beginExclusive, []));
  }

  private succeeds(attempt: () => unknown): boolean {
    try {
      attempt();
      return true;
    } catch (error) {
      this.release();
      if (isBusy(error)) return false;
      throw error;
    }
  }

  /** Gives back what is held; a connection that cannot is closed, which gives it back too. */
  release(): void {
    const { session } = this;
    if (!session.database.inTransaction) return;
    try {
      session.run(end, []);
    } catch {
      session.database.close();
    }
  }

  close(): void {
    this.session.database.close();
  }
}
