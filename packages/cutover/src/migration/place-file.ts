import { lstat, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { syncFolder } from "../state/write-durably.ts";

/** Names these bytes at any path: a rename keeps it, a write changes it; undefined when nothing is there. */
export async function identityAt(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await lstat(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileFailure("look at", path, error);
  }
}

/** Moves a file and makes both names durable. */
export async function moveDurably(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
    await syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
  } catch (error) {
    throw fileFailure(`move to ${to} the file`, from, error);
  }
}

/** Makes the content of a file durable. */
export async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure("sync", path, error);
  }
}

/** What SQLite keeps beside a database. */
export const databaseCompanions = ["-wal", "-shm", "-journal"] as const;

/**
 * Changes with every write to a closed database, and never by a rename or by reading.
 * @returns undefined when there is no such file; something unequal to any stamp while a journal lies beside it
 */
export async function databaseStamp(path: string): Promise<string | undefined> {
  if ((await identityAt(path)) === undefined) return undefined;
  for (const suffix of ["-wal", "-journal"]) {
    const identity = await identityAt(path + suffix);
    if (identity !== undefined && identity.split(":")[2] !== "0") return "in use";
  }
  const { size, mtimeNs } = await lstat(path, { bigint: true });
  return `${size}:${mtimeNs}`;
}

/** Removes a database that was never in charge, with what SQLite keeps beside it. */
export async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", ...databaseCompanions]) await rm(path + suffix, { force: true });
}
