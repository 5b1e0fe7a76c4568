import { type BigIntStats, closeSync, constants, fstatSync, openSync } from "node:fs";
import { StorageError } from "@cutover/core";
import { errnoOf, fileError } from "./file-error.ts";

/** Which bytes a path held at a moment. Comparable only while the inode is pinned or recorded. */
export interface FileIdentity {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** True when both name the same bytes; ctime is left out, because a rename changes it. */
export function isSameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** A regular file, open for reading. */
export interface OpenDataFile {
  readonly fd: number;
  readonly stats: BigIntStats;
}

// O_NONBLOCK: opening a FIFO would wait for a writer for ever.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a data file. What is no regular file is refused, never waited for.
 * @returns undefined when nothing is at the path
 * @throws StorageError IO_FAILED for a symbolic link, FIFO, folder, socket or device, and for
 *   every other failure
 */
export function openDataFile(path: string): OpenDataFile | undefined {
  const fd = openForReading(path);
  if (fd === undefined) return undefined;
  const stats = fstatSync(fd, { bigint: true });
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw notAFile(path, stats.isDirectory() ? "a folder" : "no regular file");
}

function openForReading(path: string): number | undefined {
  try {
    return openSync(path, readFlags);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    if (errno === "ELOOP") throw notAFile(path, "a symbolic link", error);
    if (errno === "ENXIO") throw notAFile(path, "a socket or a device", error);
    throw fileError("open", path, error);
  }
}

function notAFile(path: string, what: string, cause?: unknown): StorageError {
  return new StorageError(
    "IO_FAILED",
    `${path} is ${what}; put a regular file there, or name the file it stands for`,
    { backend: "json", operation: "open", cause },
  );
}
