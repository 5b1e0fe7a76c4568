import { StorageError, type ErrorCode } from "@cutover/core";

interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
}

const lost: Explanation = { code: "CONNECTION_LOST", what: "the connection to Postgres was lost" };
const gone: Explanation = {
  code: "IO_FAILED",
  what:
    "the control store was deleted or replaced while in use; " +
    "stop every process that uses it and run `cutover doctor`",
};

/** What SQLSTATE and system codes mean here, by their beginning; the first that fits counts. */
const explanations: readonly (readonly [prefix: string, explanation: Explanation])[] = [
  ["08", lost],
  ["57P0", lost],
  ["53300", { code: "CONNECTION_LOST", what: "Postgres has no connection to spare" }],
  ["ECONN", lost],
  ["EPIPE", lost],
  ["ETIMEDOUT", lost],
  ["EHOSTUNREACH", lost],
  ["ENETUNREACH", lost],
  ["EAI_AGAIN", lost],
  ["ENOTFOUND", { code: "CONFIG_INVALID", what: "there is no such host" }],
  ["28", { code: "CONFIG_INVALID", what: "Postgres does not let this user in" }],
  ["3D000", { code: "CONFIG_INVALID", what: "there is no such database" }],
  ["42501", { code: "CONFIG_INVALID", what: "this user may not do what a control store needs" }],
  ["42P01", gone],
  ["3F000", gone],
  ["53100", { code: "DISK_FULL", what: "the server's disk is full; nothing was changed" }],
  ["55P03", { code: "LOCK_TIMEOUT", what: "another process is writing" }],
  ["40P01", { code: "LOCK_TIMEOUT", what: "another process is writing" }],
  ["40001", { code: "LOCK_TIMEOUT", what: "another process is writing" }],
  ["25006", { code: "IO_FAILED", what: "the server only reads: it is a standby, or was made one" }],
  ["XX00", { code: "CORRUPT_DATA", what: "the server's data is damaged; restore a backup" }],
];

/** Codes of statements that make what somebody else has made since it was looked for; or made first. */
const made: ReadonlySet<string> = new Set(["42P06", "42P07", "42710", "23505", "40001", "40P01"]);

/** Codes of statements that waited long enough, or were told to stop. */
const waited: ReadonlySet<string> = new Set(["55P03", "57014", "40001"]);

/** Codes of what was given up because of others, and changed nothing. */
const conflicts: ReadonlySet<string> = new Set(["40001", "40P01"]);

/** The SQLSTATE, or the system's code, of an error. */
export function postgresCode(error: unknown): string | undefined {
  const cause = error instanceof StorageError ? error.cause : error;
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

/** The driver has no code for what it finds out by itself. */
function isDisconnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    /connection (terminated|error|closed|timeout|ended)|not queryable/i.test(error.message)
  );
}

/** True when a wait for a lock was over before the lock was there. */
export function isWaitOver(error: unknown): boolean {
  return waited.has(postgresCode(error) ?? "");
}

/** True when the server gave something up because of others, as a whole: it may be done again. */
export function isConflict(error: unknown): boolean {
  return conflicts.has(postgresCode(error) ?? "");
}

/** True when something was made by somebody else since it was looked for. */
export function isMadeAlready(error: unknown): boolean {
  return made.has(postgresCode(error) ?? "");
}

/** Explains an error of the driver or the server. Their own texts may name values: they are only causes. */
export function explainPostgres(error: unknown, location: string): StorageError {
  if (error instanceof StorageError) return error;
  const code = postgresCode(error);
  const row = explanations.find(([prefix]) => code?.startsWith(prefix) === true);
  const explained = row?.[1] ?? (isDisconnection(error) ? lost : undefined);
  const { code: ours, what } = explained ?? {
    code: "IO_FAILED",
    what: "Postgres reported an error",
  };
  const suffix = code === undefined ? "" : ` (${code})`;
  const nextCommand = explained === gone ? { nextCommand: "cutover doctor" } : {};
  return new StorageError(ours, `${location}: ${what}${suffix}`, { cause: error, ...nextCommand });
}
