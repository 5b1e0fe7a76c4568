import { closeSync, fstatSync } from "node:fs";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { type CommitEntry } from "./commit-record.ts";
import { openDataFile, type OpenDataFile } from "./data-file.ts";
import { syncFolder } from "./folder-sync.ts";
import { type PinnedVersion } from "./file-version.ts";
import { type StoreContext } from "./store-context.ts";
import { writeAll } from "./write-all.ts";

/** New content for one file, written beside its target and not yet in its place. */
export interface StagedFile {
  readonly handle: FileHandle;
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
  const handle = await openTemp(path);
  try {
    await context.pause("temp-opened");
    await writeAll(handle, change.content);
    await keepOwnership(handle, change.base);
    await context.pause("temp-written");
    const opened = openDataFile(path);
    if (opened === undefined) throw new Error(`${path} was removed while it was written`);
    const entry = { file, temp, ino: opened.stats.ino, replaces: identity };
    return { handle, entry, opened };
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Removes what {@link stageFile} made, before it was claimed. */
export async function discardStaged(context: StoreContext, staged: StagedFile): Promise<void> {
  closeSync(staged.opened.fd);
  await staged.handle.close();
  await rm(context.paths.data(staged.entry.temp), { force: true });
}

async function openTemp(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const first = await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "wx", 0o600);
  // Every new folder's name must be durable before a file in it counts as committed.
  for (let made = dirname(path); first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || made === dirname(made)) break;
  }
  return handle;
}

/** The new file keeps owner and mode of the old one, and is never open to more people. */
async function keepOwnership(handle: FileHandle, base: PinnedVersion): Promise<void> {
  if (base.owner === undefined) return;
  const { uid, gid } = base.owner;
  const mine = fstatSync(handle.fd);
  let mode = base.mode & 0o777;
  if (mine.uid !== uid || mine.gid !== gid) {
    try {
      await handle.chown(uid, gid);
    } catch {
      // Only root may give a file away; another owner or group must not gain by it.
      mode &= 0o600;
    }
  }
  if (mode !== 0o600) await handle.chmod(mode);
}
