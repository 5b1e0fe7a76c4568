import { StorageError, type ErrorCode } from "@cutover/core";

interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
}

/** What SQLite's result codes mean here, by their beginning; the first that fits counts. */
const explanations: readonly (readonly [prefix: string, explanation: Explanation])[] = [
  ["SQLITE_FULL", { code: "DISK_FULL", what: "the disk or a quota is full; nothing was changed" }],
  [
    // "May indicate that the underlying filesystem volume is out of space", sqlite.org/rescode.html.
    "SQLITE_IOERR_SHMSIZE",
    {
      code: "DISK_FULL",
      what: "the disk or a quota is full, or fails: there is no room for what connections share; nothing was changed",
    },
  ],
  ["SQLITE_BUSY", { code: "LOCK_TIMEOUT", what: "another process is writing" }],
  ["SQLITE_LOCKED", { code: "LOCK_TIMEOUT", what: "another connection is writing" }],
  [
    "SQLITE_CORRUPT",
    {
      code: "CORRUPT_DATA",
      // SQLite gives this code to a failing disk, too.
      what: "the file is damaged, or its disk could not be read; try again, and if that is no help keep it and restore a backup",
    },
  ],
  [
    "SQLITE_NOTADB",
    { code: "CORRUPT_DATA", what: "the file is no SQLite database, or its beginning is damaged" },
  ],
  ["SQLITE_READONLY", { code: "IO_FAILED", what: "the file, or its folder, cannot be written to" }],
  ["SQLITE_CANTOPEN", { code: "IO_FAILED", what: "the file cannot be opened; look at its folder" }],
  ["SQLITE_IOERR", { code: "IO_FAILED", what: "the operating system reported an error" }],
];

/** SQLite's own code of an error, such as `SQLITE_BUSY_SNAPSHOT`. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return undefined;
  return error.code.startsWith("SQLITE_") ? error.code : undefined;
}

/** True when another connection holds the lock, and the same call may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error instanceof StorageError ? error.cause : error);
  return code !== undefined && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"));
}

/** True when the connection cannot write, whether or not another one could. */
export function isReadOnly(error: unknown): boolean {
  return sqliteCode(error)?.startsWith("SQLITE_READONLY") === true;
}

/** True when a unique index refused a row. */
export function isClash(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

function logicError(error: Error, location: string): StorageError | undefined {
  if (error.message.startsWith("malformed JSON")) {
    const what = `${location}: a column that holds JSON was changed to something else; mend it with SQL`;
    return new StorageError("CORRUPT_DATA", what, { cause: error });
  }
  if (/^no such (table|column)|has no column named/.test(error.message)) {
    const what = `${location}: its tables no longer fit the definitions in use; restart this program`;
    return new StorageError("SCHEMA_OUTDATED", what, { cause: error });
  }
  return undefined;
}

/**
 * Explains an error of SQLite's. Refusals by a constraint stay as they are: only the operation
 * knows what they mean.
 */
export function explainSqlite(error: unknown, location: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined || !(error instanceof Error) || isClash(error)) return error;
  if (code === "SQLITE_ERROR") return logicError(error, location) ?? error;
  const row = explanations.find(([prefix]) => code.startsWith(prefix));
  if (row === undefined) return error;
  const [, { code: ours, what }] = row;
  return new StorageError(ours, `${location}: ${what} (${code})`, { cause: error });
}

/**
 * Explains an error of a COMMIT: after an input or output error nobody knows whether it will be
 * there after a crash.
 */
export function explainCommit(error: unknown, location: string): unknown {
  const cause = error instanceof StorageError ? error.cause : error;
  if (sqliteCode(cause)?.startsWith("SQLITE_IOERR") !== true) return explainSqlite(error, location);
  return new StorageError(
    "COMMIT_UNKNOWN",
    `${location}: the operating system reported an error during the commit; read again before repeating`,
    { cause },
  );
}
