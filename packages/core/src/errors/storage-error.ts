import { errorCodes, type ErrorCode, type Retry } from "./codes.ts";

/** Where in a file something was found. */
export interface FilePosition {
  readonly file: string;
  /** Byte offset, from 0. */
  readonly offset: number;
  /** Line, from 1. */
  readonly line: number;
  /** Column in characters, from 1. */
  readonly column: number;
  /** Path of the member inside the document, such as `$.models[3].url`; `$` is the whole document. */
  readonly path: string;
}

/** What a {@link StorageError} may say beyond its code and message. */
export interface StorageErrorDetails {
  /** `kind` of the backend that raised it. */
  readonly backend?: string;
  /** The operation that failed, such as `put`. */
  readonly operation?: string;
  /** Name of the collection concerned. */
  readonly collection?: string;
  /** The unique constraint that clashed, with ALREADY_EXISTS: `key`, or its members joined by `,`. */
  readonly constraint?: string;
  /** The version found, with VERSION_CONFLICT; absent when the record is gone. */
  readonly currentVersion?: string;
  /** What the schema said, with VALIDATION_FAILED. */
  readonly issues?: readonly { readonly message: string; readonly path: string }[];
  /** Where in which file, with CORRUPT_DATA and CONFIG_INVALID. */
  readonly position?: FilePosition;
  /** The command to type next, where there is one. */
  readonly nextCommand?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of the library. `code` is one of {@link errorCodes}; `retry` and `exitCode`
 * come from its row. Messages name keys and paths, never the values of records.
 */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly exitCode: number;
  readonly details: StorageErrorDetails;

  constructor(code: ErrorCode, message: string, details: StorageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retry = errorCodes[code].retry;
    this.exitCode = errorCodes[code].exitCode;
    this.details = details;
  }

  get backend(): string | undefined {
    return this.details.backend;
  }

  get operation(): string | undefined {
    return this.details.operation;
  }
}

/** True when `error` is a {@link StorageError}, with this code where one is given. */
export function isStorageError(error: unknown, code?: ErrorCode): error is StorageError {
  return error instanceof StorageError && (code === undefined || error.code === code);
}
