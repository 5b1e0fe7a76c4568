import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { errnoOf, fileError } from "./file-error.ts";

/** How long one fstat may stand for a look at the paths, so that an exchanged folder is noticed. */
const trustMs = 5;
/** A kernel stamps times in ticks of at most 10 ms: an older stamp cannot be given again. */
const tickMs = 40;
/** File systems that keep whole seconds, or two. */
const coarseTickMs = 2500;

/**
 * Tells with one fstat that no name was added to or taken from a folder: its mtime. The stamp is
 * believed only when it was older than the file system's tick at the time of the look, because
 * two changes within a tick look like one. While the folder is not there, the stamp is that of the
 * one in which the way to it would have to begin.
 */
export class FolderClock {
  readonly #paths: readonly string[];
  #fd: number | undefined;
  #ino = 0n;
  #mtimeMs = 0;
  #isBelievable = false;
  #pending = { mtimeMs: 0, isBelievable: false };
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param paths of the folder and of those around it, from the inside out */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Notes the stamp before a look at the folder's names. */
  start(): void {
    this.#reopen();
    if (this.#fd === undefined) {
      this.#pending = { mtimeMs: 0, isBelievable: false };
      return;
    }
    const now = Date.now();
    const { mtimeMs } = fstatSync(this.#fd);
    const tick = mtimeMs % 10 === 0 ? coarseTickMs : tickMs;
    this.#pending = { mtimeMs, isBelievable: now - mtimeMs > tick };
  }

  /** The look that {@link start} began was taken and was good. */
  finish(): void {
    this.#mtimeMs = this.#pending.mtimeMs;
    this.#isBelievable = this.#pending.isBelievable;
    this.#lookedAt = performance.now();
  }

  /** True only if the folder is certain to be as it was at the last look. */
  isUnchanged(): boolean {
    if (!this.#isBelievable || this.#fd === undefined) return false;
    if (performance.now() - this.#lookedAt > trustMs) return false;
    return fstatSync(this.#fd).mtimeMs === this.#mtimeMs;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #reopen(): void {
    for (const path of this.#paths) {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (found === undefined) continue;
      if (this.#fd === undefined || found.ino !== this.#ino) this.#open(path);
      return;
    }
    this.close();
  }

  #open(path: string): void {
    this.close();
    try {
      this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
      this.#ino = fstatSync(this.#fd, { bigint: true }).ino;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw fileError("open", path, error);
    }
  }
}
