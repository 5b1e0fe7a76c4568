import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmdirSync, statSync, utimesSync, type Stats } from "node:fs";
import { currentProcess, formatIdentity } from "./process-identity.ts";
import { writeHolder } from "./lock-holder.ts";

type Done = (error: unknown, result?: Stats | string) => void;

/** Names one incarnation of a lock directory: inode numbers alone are used again at once. */
export function lockIdOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino}:${found.birthtimeNs}`;
}

/** Unique name for a lock on its way out; carries the process, to be swept if that dies. */
export function graveName(): string {
  return `${formatIdentity(currentProcess())}.${randomUUID().slice(0, 8)}`;
}

/**
 * Removes this incarnation of a lock and no other. The directory is moved aside first and looked
 * at there: of two who take over the same dead lock, one finds that it moved a living one, and
 * puts it back.
 */
export function evictLock(path: string, lockId: string): boolean {
  if (lockIdOf(path) !== lockId) return false;
  const grave = `${path}.${graveName()}`;
  renameSync(path, grave);
  if (lockIdOf(grave) === lockId) {
    rmdirSync(grave);
    return true;
  }
  renameSync(grave, path);
  return false;
}

/**
 * The file system as proper-lockfile sees it, for one attempt at the lock. proper-lockfile
 * removes whatever lies at the path, in `release()` and when the process exits, even if the lock
 * went to somebody else; here it can remove only what this attempt made.
 */
export class LockDirectory {
  /** The incarnation that this attempt made. */
  lockId: string | undefined;
  #seen: string | undefined;

  /** The functions that proper-lockfile calls, synchronous underneath: no thread-pool hops. */
  get fs(): object {
    return {
      mkdir: (path: string, done: Done) => settle(done, () => this.#make(path)),
      stat: (path: string, done: Done) => settle(done, () => this.#stat(path)),
      utimes: (path: string, atime: Date, mtime: Date, done: Done) =>
        settle(done, () => this.#touch(path, atime, mtime)),
      rmdir: (path: string, done: Done) => settle(done, () => this.#remove(path)),
      rmdirSync: (path: string) => this.#remove(path),
      realpath: (path: string, done: Done) => done(null, path),
    };
  }

  isOurs(path: string): boolean {
    return this.lockId !== undefined && lockIdOf(path) === this.lockId;
  }

  #make(path: string): void {
    mkdirSync(path, { mode: 0o700 });
    this.lockId = lockIdOf(path);
    // At once: a holder that dies before this is known only by its silence.
    if (this.lockId !== undefined) writeHolder(path, this.lockId);
  }

  #stat(path: string): Stats {
    this.#seen = lockIdOf(path);
    return statSync(path);
  }

  #touch(path: string, atime: Date, mtime: Date): void {
    if (this.isOurs(path)) utimesSync(path, atime, mtime);
  }

  #remove(path: string): void {
    if (this.lockId !== undefined) {
      if (this.isOurs(path)) rmdirSync(path);
    } else if (this.#seen !== undefined) {
      // proper-lockfile found the lock too old: it may have been renewed or replaced meanwhile.
      evictLock(path, this.#seen);
    }
  }
}

function settle(done: Done, work: () => Stats | void): void {
  let result: Stats | void;
  try {
    result = work();
  } catch (error) {
    done(error);
    return;
  }
  if (result === undefined) done(null);
  else done(null, result);
}
