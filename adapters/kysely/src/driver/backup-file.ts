import { createHash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { StorageError } from "@cutover/core";

/** Creates a file that must not be there yet, for its owner alone. */
export function claimFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    const what = exists
      ? "is there already; choose a path that does not exist"
      : "cannot be created";
    throw new StorageError(exists ? "CONFIG_INVALID" : "IO_FAILED", `${path} ${what}`, {
      cause: error,
    });
  }
}

/** Makes a closed file, and its name, survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  syncFolder(dirname(path));
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
