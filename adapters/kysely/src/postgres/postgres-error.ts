import { isStorageError, StorageError, type ErrorCode } from "@cutover/core";

interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
}

const lost: Explanation = {
  code: "CONNECTION_LOST",
  what: "the connection to the server was lost, or could not be made",
};

const givenUp: Explanation = {
  code: "CONNECTION_LOST",
  what: "the connection was given up meanwhile",
};
const otherDefinition: Explanation = {
  code: "SCHEMA_OUTDATED",
  what: "another program uses one of these collections with another definition; run the same version everywhere, then start this one again",
};

/** What the server's SQLSTATEs mean here, by their beginning; the first that fits counts. */
const explanations: readonly (readonly [prefix: string, explanation: Explanation])[] = [
  ["55P03", { code: "LOCK_TIMEOUT", what: "somebody else is writing" }],
  ["40001", { code: "LOCK_LOST", what: "another transaction came first; nothing was changed" }],
  // A distributed engine that does not know itself whether it committed.
  ["40003", lost],
  ["22012", { code: "LOCK_TIMEOUT", what: "somebody else waits to write" }],
  ["40P01", { code: "LOCK_LOST", what: "two transactions waited for each other" }],
  [
    "57014",
    { code: "LOCK_TIMEOUT", what: "the server gave the statement up, which took too long" },
  ],
  ["25P03", lost],
  ["57P", lost],
  ["08", lost],
  ["53300", { code: "CONNECTION_LOST", what: "the server has no connection left to give" }],
  ["53100", { code: "DISK_FULL", what: "the server's disk is full; nothing was changed" }],
  ["28", { code: "CONFIG_INVALID", what: "the server refused the user, or its password" }],
  ["3D000", { code: "CONFIG_INVALID", what: "there is no such database on the server" }],
  ["42501", { code: "CONFIG_INVALID", what: "the user lacks a permission that the store needs" }],
  ["25006", { code: "NOT_SUPPORTED", what: "the server, or the connection, only reads" }],
  ["CU001", otherDefinition],
  ["CU002", givenUp],
  ["2201E", otherDefinition],
  ["2201F", givenUp],
  ["42P01", { code: "SCHEMA_OUTDATED", what: "a table is gone; restart this program" }],
  [
    "42703",
    {
      code: "SCHEMA_OUTDATED",
      what: "the tables no longer fit the definitions in use; restart this program",
    },
  ],
  [
    "0A000",
    { code: "SCHEMA_OUTDATED", what: "a table was changed meanwhile; restart this program" },
  ],
  [
    "22P02",
    {
      code: "CORRUPT_DATA",
      what: "a column that holds JSON was changed to something else; mend it with SQL",
    },
  ],
  [
    "XX",
    { code: "CORRUPT_DATA", what: "the server found damage; keep the data and restore a backup" },
  ],
];

/** Codes of Node's, and messages of pg's, that mean that there is no connection. */
const connectionCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const connectionMessage =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|The server does not support SSL)/;

/** The code of an error: a SQLSTATE, or one of Node's. */
export function codeOf(error: unknown): string | undefined {
  const cause = error instanceof StorageError ? error.details.cause : error;
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

/** True when the connection is gone, and nobody knows what became of what was sent last. */
export function isConnectionLoss(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.details.cause : error;
  if (cause instanceof AggregateError) return cause.errors.every(isConnectionLoss);
  const code = codeOf(cause);
  if (code !== undefined) return connectionCodes.has(code) || /^(57P|08|25P03|40003)/.test(code);
  return cause instanceof Error && connectionMessage.test(cause.message);
}

/** True when an index refused a text because of its length: an ordinary one takes 2,704 bytes. */
export function isTooLong(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.details.cause : error;
  return (
    codeOf(cause) === "54000" && cause instanceof Error && cause.message.startsWith("index row ")
  );
}

/** The index that an error names, if it names one. */
export function indexNamed(error: unknown): string | undefined {
  const cause = error instanceof StorageError ? error.details.cause : error;
  const name: unknown = Reflect.get(Object(cause), "constraint");
  return typeof name === "string" ? name : undefined;
}

/** True when the same call may succeed a moment later: a lock, a deadlock, a lost race. */
export function isBusy(error: unknown): boolean {
  if (isTooLong(error) || isStorageError(error, "LOCK_LOST")) return true;
  return ["55P03", "22012"].includes(codeOf(error) ?? "") || isConflict(error);
}

/** True when the server gave a transaction up because of others: it is to be run again as a whole. */
export function isConflict(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error) ?? "");
}

/** True when a schema, or something in it, was made by somebody else since it was looked for. */
export function isMadeAlready(error: unknown): boolean {
  return ["42P06", "42P07", "42710", "23505"].includes(codeOf(error) ?? "");
}

/** True when a unique index, or what stands in for one, refused a row. */
export function isClash(error: unknown): boolean {
  return ["23505", "23P01"].includes(codeOf(error) ?? "");
}

/**
 * Explains an error of the server's or of its connection. Refusals by a constraint stay as they
 * are: only the operation knows what they mean.
 *
 * @param location names server and database, and no password
 */
export function explainPostgres(error: unknown, location: string): unknown {
  if (error instanceof StorageError || isClash(error)) return error;
  const code = codeOf(error);
  if (isTooLong(error)) return tooLong(error, location);
  const row = explanations.find(([prefix]) => code?.startsWith(prefix));
  const found = row?.[1] ?? (isConnectionLoss(error) ? lost : undefined);
  if (found === undefined) return error;
  const shown = code === undefined ? "" : ` (${code})`;
  return new StorageError(found.code, `${location}: ${found.what}${shown}`, { cause: error });
}

/** The caller is to try again: the index is replaced meanwhile. */
function tooLong(cause: unknown, location: string): StorageError {
  const what = "a text is too long for its index, which is being replaced";
  return new StorageError("LOCK_LOST", `${location}: ${what} (54000)`, { cause });
}
