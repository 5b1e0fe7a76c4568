/** What a caller can sensibly do about an error by trying again. */
export type Retry =
  /** The same call may succeed now or a little later. */
  | "yes"
  /** The same call fails again until something else changes. */
  | "no"
  /** Look first: the call may have taken effect. */
  | "after-check";

/** One of the closed set of error codes. */
export type ErrorCode =
  | "INVALID_KEY"
  | "INVALID_VALUE"
  | "INVALID_QUERY"
  | "VALIDATION_FAILED"
  | "ALREADY_EXISTS"
  | "VERSION_CONFLICT"
  | "LOCK_TIMEOUT"
  | "LOCK_LOST"
  | "BACKEND_CLOSED"
  | "TRANSACTION_MISUSE"
  | "NOT_SUPPORTED"
  | "CORRUPT_DATA"
  | "FORMAT_TOO_NEW"
  | "SCHEMA_OUTDATED"
  | "CONNECTION_LOST"
  | "IO_FAILED"
  | "DISK_FULL"
  | "COMMIT_UNKNOWN"
  | "STAGE_REFUSED"
  | "DIVERGED"
  | "CONFIG_INVALID";

/** One row of the closed table of error codes. */
export interface ErrorCodeRow {
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the reader should do next. */
  readonly action: string;
  readonly retry: Retry;
  /** Exit code of the `cutover` command when it ends with this error. */
  readonly exitCode: number;
}

const row = (meaning: string, action: string, retry: Retry, exitCode: number): ErrorCodeRow => ({
  meaning,
  action,
  retry,
  exitCode,
});

/**
 * Every code a {@link StorageError} can carry. The table is closed: adapters choose from it,
 * and the documentation and the command's exit codes are generated from it.
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeRow>> = {
  INVALID_KEY: row(
    "The key is empty, too long, or not well-formed text.",
    "Use a non-empty, well-formed string of at most 1,024 UTF-8 bytes without NUL.",
    "no",
    2,
  ),
  INVALID_VALUE: row(
    "The value is not a JSON value.",
    "Convert the member named in the message to a JSON value before storing it.",
    "no",
    2,
  ),
  INVALID_QUERY: row(
    "The query names an unknown field, a wrong operator or an impossible limit.",
    "Correct the query; only declared fields can be filtered and sorted.",
    "no",
    2,
  ),
  VALIDATION_FAILED: row(
    "The collection's own schema rejected the value.",
    "Look at `issues` on the error and correct the value.",
    "no",
    2,
  ),
  ALREADY_EXISTS: row(
    "A record with this key, or with these unique members, is already there.",
    "Use put() to overwrite, or choose another key; `constraint` names what clashed.",
    "no",
    1,
  ),
  VERSION_CONFLICT: row(
    "The record changed since it was read.",
    "Read the record again and decide again; `currentVersion` is the version found.",
    "no",
    5,
  ),
  LOCK_TIMEOUT: row(
    "The store stayed busy until the deadline; nothing was changed.",
    "Try again, or raise the timeout.",
    "yes",
    5,
  ),
  LOCK_LOST: row(
    "The lock was taken over before the commit; nothing was changed.",
    "Try again.",
    "yes",
    5,
  ),
  BACKEND_CLOSED: row(
    "The backend has been closed.",
    "Open it again; keep it open while calls are under way.",
    "no",
    1,
  ),
  TRANSACTION_MISUSE: row(
    "The transaction was used after it ended or failed, or the backend itself was used inside it.",
    "Use only the `tx` handed to the work function, and await every call on it.",
    "no",
    1,
  ),
  NOT_SUPPORTED: row(
    "This backend does not promise the capability that was asked for.",
    "Check `capabilities`, or choose a backend that has it.",
    "no",
    2,
  ),
  CORRUPT_DATA: row(
    "Stored data cannot be read as what it should be; it has not been touched.",
    "Mend the place named in the message, or restore a backup.",
    "no",
    1,
  ),
  FORMAT_TOO_NEW: row(
    "The store was written by a newer version; nothing has been touched.",
    "Upgrade this program.",
    "no",
    2,
  ),
  SCHEMA_OUTDATED: row(
    "The store's schema does not match the definition and may not be changed here.",
    "Open the store for writing once, or run the command named in the message.",
    "no",
    2,
  ),
  CONNECTION_LOST: row(
    "The connection to the store was lost before anything was changed.",
    "Try again.",
    "yes",
    1,
  ),
  IO_FAILED: row(
    "The operating system or the driver reported an error; nothing was changed.",
    "Look at `cause`, mend it, try again.",
    "yes",
    1,
  ),
  DISK_FULL: row(
    "There is no space left, or a quota is used up; nothing was changed.",
    "Free some space and try again.",
    "yes",
    1,
  ),
  COMMIT_UNKNOWN: row(
    "An error came while the change was being made final; it may or may not have taken effect.",
    "Read the records again before repeating the call.",
    "after-check",
    1,
  ),
  STAGE_REFUSED: row(
    "The recorded stage of the migration does not allow what was asked for.",
    "Run the command named in the message.",
    "no",
    4,
  ),
  DIVERGED: row(
    "Two copies that should be equal are not; nothing was overwritten.",
    "Look at the differences and decide with the command named in the message.",
    "no",
    3,
  ),
  CONFIG_INVALID: row(
    "The configuration or a definition cannot be used.",
    "Correct the place named in the message.",
    "no",
    2,
  ),
};
