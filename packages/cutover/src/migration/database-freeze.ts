import { StorageError } from "@cutover/core";
import { isBusy, openRawDatabase, type RawDatabase } from "./raw-database.ts";

function busy(path: string, why: string, cause?: unknown): StorageError {
  return new StorageError("LOCK_TIMEOUT", `${path} ${why}; nothing was changed`, {
    backend: "sqlite",
    operation: "freeze",
    ...(cause === undefined ? {} : { cause }),
  });
}

const inUse =
  "is open in another process; stop the application (or whatever reads the database), then run the command again";

/**
 * Keeps everybody from writing to a database while it is read for the last time. First writers are
 * kept out, later everybody: a process that kept the file open would go on writing to it after it
 * was put aside, and its writes would be lost.
 */
export class DatabaseFreeze {
  readonly #path: string;
  readonly #database: RawDatabase;
  #version = 0;

  /** @throws StorageError LOCK_TIMEOUT when another process has the database open */
  constructor(path: string) {
    this.#path = path;
    this.#database = openRawDatabase(path);
    try {
      this.#alone();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Keeps writers out; readers may go on. Call once the reader has opened the database. */
  holdWriters(): void {
    this.#guard("is being written to by another process; try again", () => {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#version = this.#dataVersion();
    });
  }

  /**
   * Keeps everybody out, and leaves the database without a journal beside it. Call when the reader
   * is closed.
   * @throws StorageError LOCK_TIMEOUT when another process has opened or changed the database
   */
  holdAll(): void {
    this.#guard(inUse, () => this.#database.exec("COMMIT"));
    this.#alone();
    this.#guard(inUse, () => {
      this.#database.pragma("locking_mode = EXCLUSIVE", { simple: true });
      this.#database.exec("BEGIN EXCLUSIVE");
    });
    if (this.#dataVersion() !== this.#version) {
      throw busy(this.#path, "was written to by another process meanwhile; run the command again");
    }
  }

  /** What SQLite itself finds wrong with the file; empty when nothing. */
  problems(): string[] {
    const lines = this.#database.prepare("PRAGMA quick_check(20)").pluck(true).all();
    return lines.map(String).filter((line) => line !== "ok");
  }

  /** Lets everybody in again. */
  release(): void {
    if (!this.#database.open) return;
    if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
    this.#database.close();
  }

  /** Leaving WAL mode works only for the one process that has the database open. */
  #alone(): void {
    this.#guard(inUse, () => {
      const mode: unknown = this.#database.pragma("journal_mode = DELETE", { simple: true });
      if (mode !== "delete") throw busy(this.#path, inUse);
    });
  }

  #dataVersion(): number {
    return Number(this.#database.pragma("data_version", { simple: true }));
  }

  #guard(why: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isBusy(error)) throw busy(this.#path, why, error);
      throw error;
    }
  }
}
