import { closeSync, fstatSync, lstatSync, renameSync } from "node:fs";
import { type CommitEntry } from "./commit-record.ts";
import { saveConflict } from "./conflict-file.ts";
import { type FileIdentity, isSameIdentity, openDataFile, type OpenDataFile } from "./data-file.ts";
import { errnoOf } from "./file-error.ts";
import { type StoreContext } from "./store-context.ts";

/** A path that changes hands this often between open and rename is under attack, not in use. */
const mostLooks = 100;

/**
 * Puts one file of a claimed commit in its place. May run in several processes, any number of
 * times, arbitrarily late: the temp file's name is used once, so only the first rename finds it.
 *
 * A foreign change after the claim cannot be prevented any more. What it wrote is saved beside
 * the file. Not seen: a foreign rename onto the target between the last `lstat` and our rename
 * (some microseconds), and what a foreign writer with an open descriptor writes after our look.
 * @returns true if this call moved the file
 */
export async function replaceTarget(context: StoreContext, entry: CommitEntry): Promise<boolean> {
  const replaced = openReplaced(context, entry);
  try {
    await context.pause("target-opened");
    const current = followTarget(context, entry, replaced);
    await context.pause("before-rename");
    if (!renameOnce(context, entry)) return false;
    await context.pause("renamed");
    const last = current.opened;
    if (last !== undefined && isForeign(entry, last)) saveConflict(context, entry.file, last.fd);
    return true;
  } finally {
    for (const fd of replaced.fds) closeSync(fd);
  }
}

interface Replaced {
  opened: OpenDataFile | undefined;
  readonly fds: number[];
}

function openReplaced(context: StoreContext, entry: CommitEntry): Replaced {
  const opened = openDataFile(context.paths.data(entry.file));
  return { opened, fds: opened === undefined ? [] : [opened.fd] };
}

/** Looks again just before the rename, until the open descriptor is what lies at the path. */
function followTarget(context: StoreContext, entry: CommitEntry, replaced: Replaced): Replaced {
  const path = context.paths.data(entry.file);
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (found?.ino === replaced.opened?.stats.ino) return replaced;
    replaced.opened = openDataFile(path);
    if (replaced.opened !== undefined) replaced.fds.push(replaced.opened.fd);
  }
  return replaced;
}

function renameOnce(context: StoreContext, entry: CommitEntry): boolean {
  try {
    renameSync(context.paths.data(entry.temp), context.paths.data(entry.file));
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** True if the replaced file is not, or no longer, what the commit was based on. */
function isForeign(entry: CommitEntry, { fd }: OpenDataFile): boolean {
  const now: FileIdentity = fstatSync(fd, { bigint: true });
  return entry.replaces === undefined || !isSameIdentity(entry.replaces, now);
}
