import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { StorageError } from "@cutover/core";
import { type CommitRecord, genesisRecord, parseRecord } from "./commit-record.ts";
import { errnoOf, fileError } from "./file-error.ts";
import { FolderClock } from "./folder-clock.ts";
import { Head } from "./head.ts";
import { revisionOf, type StorePaths } from "./store-paths.ts";

/** What became of a claim. `unknown`: more than 64 commits went by before it could be judged. */
export type ClaimOutcome = "won" | "lost" | "unknown";

/** Applied records that stay: deleting them late keeps names from being claimed twice. */
const keptRecords = 4;
/** Far more commits than can go by while a folder is listed twice. */
const mostTries = 1000;

/**
 * The sequence of claimed commits, decided by `link()` in one folder.
 *
 * Law: commit `r + 1` is in force if and only if its name was created while record `r` was in
 * place. Records are deleted in ascending order, and only when newer ones are durable. Hence:
 * while `commit-r` is still the inode that a writer based its work on, `commit-(r+1)` was never
 * deleted, so a `link()` that succeeded before that check was the first one. A writer so late
 * that its base is gone learns its fate from the tokens in the latest record. A claim made void
 * this way has a number below the highest one, and everybody heeds only the highest.
 */
export class CommitLog {
  readonly #paths: StorePaths;
  readonly #clock: FolderClock;
  #head: Head | undefined;

  constructor(paths: StorePaths) {
    this.#paths = paths;
    this.#clock = new FolderClock(paths.wayToCommits);
  }

  /** The latest claimed commit. Belongs to the log; retain it to keep it across an await. */
  head(): Head {
    if (this.#head !== undefined && this.isFresh()) return this.#head;
    for (let tries = 0; tries < mostTries; tries += 1) {
      this.#clock.start();
      const found = this.#find();
      if (found === undefined) continue;
      this.#clock.finish();
      return this.#adopt(found);
    }
    throw new StorageError("IO_FAILED", `${this.#paths.commits} never stood still to be read`, {
      backend: "json",
      operation: "read",
    });
  }

  /** Token of the head last returned, which may be out of date; undefined before the first look. */
  get lastToken(): string | undefined {
    return this.#head?.token;
  }

  /** True while the head last returned is the latest commit. One fstat when nothing happened. */
  isFresh(): boolean {
    const head = this.#head;
    if (head === undefined) return false;
    if (this.#clock.isUnchanged()) return true;
    this.#clock.start();
    if (!this.#isLatest(head)) return false;
    this.#clock.finish();
    return true;
  }

  #isLatest({ ino, revision }: Head): boolean {
    // The folder may be there without a record: whoever made it may have died in between.
    if (ino === undefined) return !isThere(this.#paths.commits) || this.#latest() === undefined;
    // In this order: record r still there after r + 1 was seen missing.
    if (isThere(this.#paths.commit(revision + 1))) return false;
    return inoOf(this.#paths.commit(revision)) === ino;
  }

  /**
   * Claims a revision's name for a record that lies durable at `temp`.
   * @returns false if somebody has claimed it; true needs {@link judge} before it counts
   * @throws the file system's error when the claim was not made
   */
  link(temp: string, record: CommitRecord): boolean {
    try {
      linkSync(temp, this.#paths.commit(record.revision));
      return true;
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      throw error;
    }
  }

  /** Whether a link that succeeded was in force. Call with the base retained since before it. */
  judge(base: Head, record: CommitRecord): ClaimOutcome {
    const found = inoOf(this.#paths.commit(base.revision));
    if (found !== undefined && found === base.ino) return "won";
    const head = this.head();
    if (head.revision === record.revision) return head.token === record.token ? "won" : "lost";
    const past = head.record.recent[head.revision - 1 - record.revision];
    if (past === undefined) return "unknown";
    return past === record.token ? "won" : "lost";
  }

  /** Takes a void claim away again; leaves the name alone if it is somebody else's by now. */
  withdraw(record: CommitRecord, ino: bigint): void {
    const name = this.#paths.commit(record.revision);
    if (inoOf(name) === ino) unlinkSync(name);
  }

  /** Deletes records that are long applied, oldest first. `head` must be durable. */
  prune(head: number): void {
    const old = this.#revisions().filter((revision) => revision < head - keptRecords);
    for (const revision of old.toSorted((a, b) => a - b)) {
      try {
        unlinkSync(this.#paths.commit(revision));
      } catch (error) {
        // Gone is fine. Any other failure ends the run: the order must hold.
        if (errnoOf(error) !== "ENOENT") return;
      }
    }
  }

  close(): void {
    this.#head?.release();
    this.#head = undefined;
    this.#clock.close();
  }

  #adopt(found: Head): Head {
    if (found !== this.#head) {
      this.#head?.release();
      this.#head = found;
    }
    return found;
  }

  /** One look; undefined if something moved meanwhile. Looks twice, so listing need not be atomic. */
  #find(): Head | undefined {
    const revision = this.#latest();
    if (revision === undefined) return new Head(genesisRecord);
    const name = this.#paths.commit(revision);
    if (this.#head?.revision === revision && inoOf(name) === this.#head.ino) {
      return this.#latest() === revision ? this.#head : undefined;
    }
    const fd = openRecord(name);
    if (fd === undefined) return undefined;
    try {
      const ino = fstatSync(fd, { bigint: true }).ino;
      const record = parseRecord(readFileSync(fd, "utf8"), name);
      if (this.#latest() === revision && inoOf(name) === ino) return new Head(record, { fd, ino });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return undefined;
  }

  #latest(): number | undefined {
    const revisions = this.#revisions();
    return revisions.length === 0 ? undefined : Math.max(...revisions);
  }

  #revisions(): number[] {
    try {
      return readdirSync(this.#paths.commits)
        .map(revisionOf)
        .filter((revision) => revision !== undefined);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw fileError("list", this.#paths.commits, error);
    }
  }
}

function openRecord(name: string): number | undefined {
  try {
    return openSync(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileError("open", name, error);
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function inoOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
