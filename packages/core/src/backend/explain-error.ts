import { StorageError } from "../errors/storage-error.ts";
import type { CallName } from "./operation-host.ts";

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/**
 * Makes what a driver threw fit for a caller: errors of ours gain the backend's kind and the
 * operation, anything else becomes IO_FAILED with its cause. Its message is not repeated, since
 * nobody vouches that it holds no data.
 */
export function explainError(error: unknown, kind: string, name: CallName): StorageError {
  if (error instanceof StorageError) {
    const { message, code, details } = error;
    if (details.backend !== undefined) return error;
    const explained = new StorageError(code, message, { ...name, ...details, backend: kind });
    if (error.stack !== undefined) explained.stack = error.stack;
    return explained;
  }
  return new StorageError(
    "IO_FAILED",
    `${kind}: ${name.operation} failed (${codeOf(error)}); see cause`,
    {
      ...name,
      backend: kind,
      cause: error,
    },
  );
}
