import { lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { withMigrationLock } from "../state/migration-lock.ts";
import { stateFolderName } from "../state/state-paths.ts";
import type { MigrationTarget } from "./migration-target.ts";

/** Why something was kept. */
export type KeptBecause =
  /** A database that a rollback put aside. */
  | "rolled back"
  /** What a restore replaced. */
  | "replaced by a restore"
  /** What a rebuild of the control store copied, or replaced. */
  | "kept by a rebuild"
  /** A `.bak` beside a collection's file, as the application's own migration script makes it. */
  | "backup file";

/** Something that was kept aside and that nothing uses any more. */
export interface Kept {
  /** Absolute. */
  readonly path: string;
  readonly because: KeptBecause;
  /** When it was put aside: the last change of its name or content. */
  readonly since: Date;
}

/** What to prune. */
export interface PruneOptions {
  /** Only what was put aside at least so many days ago. */
  readonly olderThanDays: number;
  /** Only tell. Default: false. */
  readonly dryRun?: boolean;
  /** Milliseconds since 1970. Default: now. */
  readonly nowMs?: number;
  readonly signal?: AbortSignal;
}

/** What a prune found. */
export interface PruneReport {
  /** Removed, or with `dryRun` to be removed. */
  readonly removed: readonly Kept[];
  /** Not old enough. */
  readonly kept: readonly Kept[];
}

const dayMs = 86_400_000;

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw fileFailure("read the folder", folder, error);
  }
}

async function keptAt(path: string, because: KeptBecause): Promise<Kept | undefined> {
  try {
    return { path, because, since: (await lstat(path)).ctime };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileFailure("look at", path, error);
  }
}

/** Names of what was put aside, by pattern; an original or the database in charge never matches one. */
async function candidates({
  folder,
  collections,
  databasePath,
}: MigrationTarget): Promise<[string, KeptBecause][]> {
  const found: [string, KeptBecause][] = [];
  const besideDatabase = basename(databasePath);
  for (const name of await namesIn(dirname(databasePath))) {
    const path = join(dirname(databasePath), name);
    if (name.startsWith(`${besideDatabase}.rolled-back-`)) found.push([path, "rolled back"]);
    if (name.startsWith(`${besideDatabase}.before-restore-`))
      found.push([path, "replaced by a restore"]);
  }
  const state = join(folder, stateFolderName);
  for (const name of await namesIn(state)) {
    if (name.startsWith("before-restore-"))
      found.push([join(state, name), "replaced by a restore"]);
    if (name.startsWith("before-rebuild-") || name.startsWith("control.db.aside-"))
      found.push([join(state, name), "kept by a rebuild"]);
  }
  const files = new Set(collections.map(({ file }) => file.path));
  for (const file of files) found.push([join(folder, `${file}.bak`), "backup file"]);
  return found;
}

/** What migrations, rollbacks and restores kept, oldest first. */
export async function findKept(target: MigrationTarget): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const [path, because] of await candidates(target)) {
    const kept = await keptAt(path, because);
    if (kept !== undefined) found.push(kept);
  }
  return found.toSorted((a, b) => a.since.getTime() - b.since.getTime());
}

/**
 * Removes for good what was kept aside long enough. The JSON files themselves and the store in
 * charge are never touched.
 *
 * @throws StorageError LOCK_TIMEOUT (another operator), IO_FAILED
 */
export async function prune(target: MigrationTarget, options: PruneOptions): Promise<PruneReport> {
  const { olderThanDays, dryRun = false, nowMs = Date.now(), signal } = options;
  const bound = nowMs - olderThanDays * dayMs;
  const work = async (): Promise<PruneReport> => {
    const found = await findKept(target);
    const removed = found.filter(({ since }) => since.getTime() <= bound);
    if (!dryRun) for (const { path } of removed) await rm(path, { recursive: true, force: true });
    return { removed, kept: found.filter(({ since }) => since.getTime() > bound) };
  };
  return withMigrationLock(target.folder, work, signal === undefined ? {} : { signal });
}
