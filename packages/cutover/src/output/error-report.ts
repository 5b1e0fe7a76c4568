import { errorCodes, type ErrorCode, type FilePosition } from "@cutover/core";

/** Why a command ended when the user, or the system, asked it to. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** A command line that makes no sense; exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  readonly nextCommand: string | undefined;

  constructor(message: string, nextCommand?: string) {
    super(message);
    this.nextCommand = nextCommand;
  }
}

/** An error as a command tells it. */
export interface ErrorReport {
  /** A code of the library's table, or `USAGE`, `INTERRUPTED`, `UNEXPECTED`. */
  readonly code: string;
  readonly message: string;
  /** What to do about it in general, from the table. */
  readonly action?: string;
  readonly position?: FilePosition;
  readonly nextCommand?: string;
  readonly exitCode: number;
  /** What lies underneath, outermost first. */
  readonly causes: readonly string[];
  /** Only of an error nobody expected. */
  readonly stack?: string;
}

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === "string" && Object.hasOwn(errorCodes, code);

const memberOf = (value: unknown, member: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, member) : undefined;

function isPosition(value: unknown): value is FilePosition {
  return typeof memberOf(value, "file") === "string" && typeof memberOf(value, "line") === "number";
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  // A chain of causes may be a circle; nobody reads more than a few.
  for (let at: unknown = error.cause; at instanceof Error && causes.length < 5; at = at.cause) {
    causes.push(at.message);
  }
  return causes;
}

function storageReport(code: ErrorCode, error: Error): ErrorReport {
  const details = memberOf(error, "details");
  const position = memberOf(details, "position");
  const nextCommand = memberOf(details, "nextCommand");
  return {
    code,
    message: error.message,
    action: errorCodes[code].action,
    exitCode: errorCodes[code].exitCode,
    causes: causesOf(error),
    ...(isPosition(position) ? { position } : {}),
    ...(typeof nextCommand === "string" ? { nextCommand } : {}),
  };
}

/**
 * What to tell of an error, and the exit code it ends with. An error of the library is known by
 * its shape: a config file may have loaded a second copy of this package.
 */
export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { code: "UNEXPECTED", message: String(error), exitCode: 1, causes: [] };
  }
  const { message } = error;
  if (error instanceof Interrupted || error.name === "AbortError") {
    return { code: "INTERRUPTED", message, exitCode: 130, causes: [] };
  }
  if (error instanceof UsageError) {
    const next = error.nextCommand === undefined ? {} : { nextCommand: error.nextCommand };
    return { code: "USAGE", message, exitCode: 2, causes: [], ...next };
  }
  const code = memberOf(error, "code");
  if (error.name === "StorageError" && isCode(code)) return storageReport(code, error);
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  return { code: "UNEXPECTED", message, exitCode: 1, causes: causesOf(error), ...stack };
}
