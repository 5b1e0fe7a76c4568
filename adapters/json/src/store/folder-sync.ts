import { closeSync, constants, fsync as fsyncCallback, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

const fsync = promisify(fsyncCallback);

/** Makes a file durable. @throws the file system's error; never to be tried again */
export async function syncFile(fd: number): Promise<void> {
  await fsync(fd);
}

/** Makes the names in a folder durable. @throws the file system's error; never to be tried again */
export async function syncFolder(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await fsync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes the names of new folders durable, from the last made to the first: until then a file in
 * them does not count as committed.
 */
export async function syncNewFolders(first: string, last: string): Promise<void> {
  let made = last;
  while (made !== first && made !== dirname(made)) {
    made = dirname(made);
    await syncFolder(made);
  }
  await syncFolder(dirname(first));
}

/** Waits for all, whatever happens, then throws the first failure: nothing runs on unwatched. */
export async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
