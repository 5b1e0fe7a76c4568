import { closeSync, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type CommitEntry } from "./commit-record.ts";
import { openDataFile, type OpenDataFile } from "./data-file.ts";
import { errnoOf } from "./file-error.ts";
import { syncNewFolders } from "./folder-sync.ts";
import { type PinnedVersion } from "./file-version.ts";
import { type StoreContext } from "./store-context.ts";
import { writeAll } from "./write-all.ts";

/** New content for one file, written beside its target and not yet in its place. */
export interface StagedFile {
  /** Open for writing until it is durable. */
  readonly fd: number;
  readonly entry: CommitEntry;
  /** A second, read-only descriptor: becomes the pin of the new version. */
  readonly opened: OpenDataFile;
}

/** What is to be staged. */
export interface FileChange {
  readonly base: PinnedVersion;
  readonly content: readonly Uint8Array[];
}

/** Writes, without fsync. @throws the file system's error; then no temp file is left */
export async function stageFile(context: StoreContext, change: FileChange): Promise<StagedFile> {
  const { file, identity } = change.base;
  const temp = context.writer.nextTemp(file);
  const path = context.paths.data(temp);
  const fd = await openTemp(path);
  try {
    await context.pause("temp-opened");
    await writeAll(fd, change.content);
    keepOwnership(fd, change.base);
    await context.pause("temp-written");
    const opened = openDataFile(path);
    if (opened === undefined) throw new Error(`${path} was removed while it was written`);
    const entry = { file, temp, ino: opened.stats.ino, replaces: identity };
    return { fd, entry, opened };
  } catch (error) {
    closeSync(fd);
    rmSync(path, { force: true });
    throw error;
  }
}

/** Removes what {@link stageFile} made, before it was claimed. Its descriptors stay open. */
export function discardStaged(context: StoreContext, staged: StagedFile): void {
  rmSync(context.paths.data(staged.entry.temp), { force: true });
}

async function openTemp(path: string): Promise<number> {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  const first = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, "wx", 0o600);
  if (first !== undefined) await syncNewFolders(first, dirname(path));
  return fd;
}

/** The new file keeps owner and mode of the old one, and is never open to more people. */
function keepOwnership(fd: number, base: PinnedVersion): void {
  if (base.owner === undefined) return;
  const { uid, gid } = base.owner;
  const mine = fstatSync(fd);
  let mode = base.mode & 0o777;
  if (mine.uid !== uid || mine.gid !== gid) {
    try {
      fchownSync(fd, uid, gid);
    } catch {
      // Only root may give a file away; another owner or group must not gain by it.
      mode &= 0o600;
    }
  }
  if (mode !== 0o600) fchmodSync(fd, mode);
}
