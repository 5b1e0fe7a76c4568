import { type ErrorCode, StorageError } from "@cutover/core";

const codesByErrno: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "DISK_FULL",
  EDQUOT: "DISK_FULL",
};

/** The errno of a file system error, such as `ENOENT`; empty for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

/** The code for a failed file operation: DISK_FULL or IO_FAILED. */
export function codeOf(cause: unknown): ErrorCode {
  return codesByErrno[errnoOf(cause)] ?? "IO_FAILED";
}

/** A failed file operation before anything took effect: DISK_FULL or IO_FAILED. */
export function fileError(doing: string, path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const errno = errnoOf(cause) || "unknown error";
  return new StorageError(
    codeOf(cause),
    `cannot ${doing} ${path} (${errno}); nothing was changed`,
    { backend: "json", operation: doing, cause },
  );
}

/** A failure at or after the claim: the commit is decided, its durability is not known. */
export function commitUnknown(revision: number, root: string, cause: unknown): StorageError {
  return new StorageError(
    "COMMIT_UNKNOWN",
    `revision ${revision} of ${root} was claimed, but finishing it failed; read the data again before writing`,
    { backend: "json", operation: "commit", cause },
  );
}

/** Runs `work`; what it throws becomes a {@link fileError} naming `path`. */
export function guarded<T>(doing: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(doing, path, error);
  }
}
