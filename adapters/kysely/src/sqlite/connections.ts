import type { PromptSession, SqlSession } from "../driver/sql-session.ts";

/** The connection that writes, as long as nobody else needs it. */
export interface Lease {
  readonly session: SqlSession;
  /** Whether a transaction is open on the connection; undefined where that cannot be asked. */
  inTransaction(): boolean | undefined;
  release(): void;
}

/** How the adapter reaches its database: a file of its own, or something it was handed. */
export interface SqliteConnections {
  /** Path of the file, where it is known. */
  readonly location: string | undefined;
  /** True when the file is ours to mark, and to refuse where it is somebody else's. */
  readonly owned: boolean;
  readonly readOnly: boolean;
  /** Whether other code may run between two statements of a write transaction. */
  readonly mayPause: boolean;
  /** Sees the last commit; waits where only one connection is there and somebody writes on it. */
  readonly reader: SqlSession;
  /** Opens, without changing what is there. */
  open(): Promise<void>;
  /** @throws StorageError IO_FAILED when the database was deleted or replaced while it was open */
  lease(): Promise<Lease>;
  /**
   * The connection that writes, for a look while nobody writes on it. Left out where others may
   * use it meanwhile. Whether the database is still there is another question.
   */
  peek?(): PromptSession;
  /**
   * Opens anew, where a connection has found that it can only read, and that can be tried. To be
   * called while nobody leases one. Left out where connections are not ours to open.
   *
   * @returns whether connections are new and lack their settings
   */
  renew?(): Promise<boolean>;
  /** What {@link lease} looks at: now and then, as readers need it, or `atOnce`. */
  checkPresence?(how?: { readonly atOnce: boolean }): void;
  /** All open sessions, for settings that each of them needs. */
  sessions(): readonly SqlSession[];
  /** Writes a copy of the last commit to a file that is there and empty. */
  copyTo(path: string): Promise<void>;
  /** Closes what was opened here, and nothing that was handed in. */
  close(): Promise<void>;
}
