import type { Stats } from "node:fs";
import { resolve } from "node:path";
import { StorageError } from "@cutover/core";
import type { Database } from "better-sqlite3";
import type { PromptSession, SqlSession } from "../driver/sql-session.ts";
import { statement } from "../sql/statement.ts";
import type { Lease, SqliteConnections } from "./connections.ts";
import { FilePresence } from "./file-presence.ts";
import { fileSystem } from "./file-system.ts";
import { NativeSession } from "./native-session.ts";
import { explainSqlite } from "./sqlite-error.ts";

/** Only the owner may read and write the database. */
const fileMode = 0o600;

/**
 * Creates an empty file with the right mode. A file that is there is left alone and not even
 * opened: closing it would drop the locks that SQLite holds on it for this process.
 */
export function createPrivateFile(path: string): void {
  try {
    fileSystem.closeSync(fileSystem.openSync(path, "wx", fileMode));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw new StorageError("IO_FAILED", `${path}: the file cannot be created; look at its folder`, {
      cause: error,
    });
  }
}

/** What is there; undefined where nothing is, or where it cannot be told, which SQLite then explains. */
function found(path: string): Stats | undefined {
  try {
    return fileSystem.statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** SQLite would take a device, or whatever a FIFO leads to, for a database. */
function checkRegular(path: string): void {
  if (found(path)?.isFile() !== false) return;
  const what = "is no regular file; move it out of the way, or name another path";
  throw new StorageError("IO_FAILED", `${path} ${what}`, { backend: "sqlite" });
}

/** Opens one connection that never waits inside SQLite, which would block the event loop. */
export async function openDatabase(
  path: string,
  { readonly = false }: { readonly readonly?: boolean } = {},
): Promise<Database> {
  const { default: Driver } = await import("better-sqlite3");
  checkRegular(path);
  try {
    return new Driver(path, { timeout: 0, readonly, fileMustExist: true });
  } catch (error) {
    throw explainSqlite(error, path);
  }
}

/** A file of our own: one connection writes, another reads the last commit meanwhile. */
export class FileConnections implements SqliteConnections {
  readonly location: string;
  readonly owned = true;
  readonly readOnly: boolean;
  readonly mayPause = true;
  private writing: NativeSession | undefined;
  private reading: NativeSession | undefined;
  private presence: FilePresence | undefined;

  constructor(path: string, readOnly: boolean) {
    this.location = resolve(path);
    this.readOnly = readOnly;
  }

  async open(): Promise<void> {
    const { location } = this;
    if (!this.readOnly) createPrivateFile(location);
    const reader = await openDatabase(location, { readonly: this.readOnly });
    this.reading = new NativeSession(reader, location);
    this.presence = new FilePresence(location);
    if (this.readOnly) return;
    this.writing = new NativeSession(await openDatabase(location), location);
  }

  private opened(session: NativeSession | undefined): NativeSession {
    if (session !== undefined) return session;
    const what = this.readOnly ? "was opened for reading only" : "is not open";
    throw new StorageError(
      this.readOnly ? "NOT_SUPPORTED" : "BACKEND_CLOSED",
      `${this.location} ${what}`,
    );
  }

  get reader(): SqlSession {
    return this.opened(this.reading);
  }

  async lease(): Promise<Lease> {
    const session = this.opened(this.writing);
    this.presence?.check();
    return { session, inTransaction: () => session.database.inTransaction, release: () => {} };
  }

  peek(): PromptSession {
    return this.opened(this.writing);
  }

  async renew(): Promise<boolean> {
    const { reading, writing, location } = this;
    if (writing?.refusedToWrite !== true || reading === undefined) return false;
    const reader = await openDatabase(location);
    const writer = await openDatabase(location).catch((error: unknown) => {
      reader.close();
      throw error;
    });
    try {
      // Those of one process share the log as it was opened, until the last of them is closed.
      reading.replace(reader);
    } catch {
      // Somebody reads at this moment: another time.
      for (const database of [reader, writer]) database.close();
      return false;
    }
    writing.replace(writer);
    return true;
  }

  checkPresence(how?: { readonly atOnce: boolean }): void {
    if (how?.atOnce === true) this.presence?.check();
    else this.presence?.checkNowAndThen();
  }

  sessions(): readonly SqlSession[] {
    return [this.reading, this.writing].filter((session) => session !== undefined);
  }

  async copyTo(path: string): Promise<void> {
    const source = await openDatabase(this.location, { readonly: true });
    try {
      // A snapshot held open, so that writes meanwhile do not make the copy begin again and again.
      const session = new NativeSession(source, this.location);
      session.run(statement("BEGIN"), []);
      session.get(statement("SELECT count(*) FROM sqlite_master"), []);
      await source.backup(path);
    } finally {
      source.close();
    }
  }

  async close(): Promise<void> {
    this.reading?.database.close();
    this.writing?.database.close();
    this.reading = undefined;
    this.writing = undefined;
  }
}
