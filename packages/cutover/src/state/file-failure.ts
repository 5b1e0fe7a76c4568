import { StorageError, type ErrorCode } from "@cutover/core";

/** The operating system's name of an error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

const codes: Readonly<Record<string, ErrorCode>> = { ENOSPC: "DISK_FULL", EDQUOT: "DISK_FULL" };

const hints: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied; check its owner and mode",
  EPERM: "not permitted; check its owner and mode",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder, not a file",
  ENOTDIR: "a part of its path is not a folder",
  ENOSPC: "there is no space left on the device",
  EDQUOT: "the disk quota is used up",
};

/** The error for a file or folder that could not be used. @param what - such as `read` */
export function fileFailure(what: string, path: string, cause: unknown): StorageError {
  const errno = errnoOf(cause) ?? "";
  const why = hints[errno] ?? "the operating system refused";
  const message = `cannot ${what} ${path}: ${why}${errno === "" ? "" : ` (${errno})`}`;
  return new StorageError(codes[errno] ?? "IO_FAILED", message, { operation: what, cause });
}
