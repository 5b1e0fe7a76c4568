import { readFile, rm, writeFile } from "node:fs/promises";
import { StorageError } from "@cutover/core";

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Claims a store for this process, so that no two write one log. Good enough for a toy: a claim
 * left by a dead process is taken over, but two that do so in the same instant may both succeed.
 *
 * @returns a function that gives the claim up
 * @throws StorageError LOCK_TIMEOUT when the store is open
 */
export async function claimStore(path: string): Promise<() => Promise<void>> {
  if (!(await create(path))) {
    const holder = Number(await readFile(path, "utf8"));
    if (holder > 0 && isAlive(holder))
      throw new StorageError("LOCK_TIMEOUT", `the store is open in process ${holder}`);
    await rm(path, { force: true });
    if (!(await create(path))) throw new StorageError("LOCK_TIMEOUT", "the store was just opened");
  }
  return () => rm(path, { force: true });
}
