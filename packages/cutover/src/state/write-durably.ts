import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf, fileFailure } from "./file-failure.ts";

/** Makes the names inside a folder durable. Windows cannot sync a folder and does not need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder, and those above it, durable; what exists stays as it is. */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode });
    if (first !== undefined) await syncFolder(dirname(first));
  } catch (error) {
    throw fileFailure("make the folder", folder, error);
  }
}

/** How a file is called until all of it is there. */
export const durableTemp: RegExp = /^\.cutover-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

async function stage(path: string, text: string): Promise<string> {
  const temp = join(dirname(path), `.cutover-${randomUUID()}.tmp`);
  const handle = await open(temp, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temp;
}

/**
 * Replaces a file so that after a crash it holds the old text or the new one, whole.
 * @throws StorageError IO_FAILED, DISK_FULL
 */
export async function replaceDurably(path: string, text: string): Promise<void> {
  await placeDurably(path, text, rename);
}

/**
 * Writes a file that must not exist yet, whole or not at all.
 * @returns false, having changed nothing, when it exists
 * @throws StorageError IO_FAILED, DISK_FULL
 */
export async function createDurably(path: string, text: string): Promise<boolean> {
  return placeDurably(path, text, link);
}

type Place = (from: string, to: string) => Promise<void>;

async function placeDurably(path: string, text: string, place: Place): Promise<boolean> {
  let temp: string | undefined;
  try {
    temp = await stage(path, text);
    await place(temp, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (place === link && errnoOf(error) === "EEXIST") return false;
    throw fileFailure("write", path, error);
  } finally {
    if (temp !== undefined) await rm(temp, { force: true });
  }
}
