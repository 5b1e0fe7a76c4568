import { fstatSync, read as readCallback, readSync, type BigIntStats } from "node:fs";
import { promisify } from "node:util";
import { type FileIdentity, isSameIdentity, type OpenDataFile } from "./data-file.ts";
import type { FileCloser } from "./file-closer.ts";
import { fileError } from "./file-error.ts";
import { type Head } from "./head.ts";
import { StoreConflict } from "./store-conflict.ts";

const readAsync = promisify(readCallback);
/** Below this a synchronous read costs less than the hop to the thread pool. */
const synchronousBytes = 1 << 20;
/** One read call takes at most 2 GiB; smaller pieces keep the thread pool free for others. */
const pieceBytes = 1 << 26;

/** One version of one file: what was there at the moment of a snapshot. */
export interface FileVersion {
  /** Path inside the data folder, with `/`. */
  readonly file: string;
  readonly exists: boolean;
  /** 0 for a file that does not exist. */
  readonly sizeBytes: number;
  /** Permission bits; 0 for a file that does not exist. */
  readonly mode: number;
  /** Undefined for a file that does not exist. */
  readonly identity: FileIdentity | undefined;
}

/**
 * A version whose inode is held open. Inode numbers are used again at once, so only a held one
 * proves that an equal number is the same file.
 */
export class PinnedVersion implements FileVersion {
  readonly file: string;
  readonly exists: boolean;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly identity: FileIdentity | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** When the path was last found to lead here, and what the latest commit was then. */
  look: { readonly at: number; readonly head: Head } | undefined;
  readonly #fd: number | undefined;
  readonly #closer: FileCloser;
  #users = 0;
  #isRetired = false;
  #isClosed = false;
  #ctimeMs = 0;
  #mtimeMs = 0;
  #links = 0;

  private constructor(file: string, opened: OpenDataFile | undefined, closer: FileCloser) {
    const stats: BigIntStats | undefined = opened?.stats;
    this.file = file;
    this.exists = opened !== undefined;
    this.sizeBytes = Number(stats?.size ?? 0n);
    this.mode = Number(stats?.mode ?? 0n) & 0o7777;
    this.identity = stats && { ino: stats.ino, size: stats.size, mtimeNs: stats.mtimeNs };
    this.owner = stats && { uid: Number(stats.uid), gid: Number(stats.gid) };
    this.#fd = opened?.fd;
    this.#closer = closer;
    this.remember();
  }

  static of(file: string, opened: OpenDataFile | undefined, closer: FileCloser): PinnedVersion {
    return new PinnedVersion(file, opened, closer);
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** True when `identity` is what this version was; undefined stands for no file. */
  is(identity: FileIdentity | undefined): boolean {
    if (this.identity === undefined || identity === undefined) return this.identity === identity;
    return isSameIdentity(this.identity, identity);
  }

  /** Takes the inode's present state as this version's, after the path was found to lead here. */
  remember(): void {
    if (this.#fd === undefined || this.#isClosed) return;
    const { ctimeMs, mtimeMs, nlink } = fstatSync(this.#fd);
    this.#ctimeMs = ctimeMs;
    this.#mtimeMs = mtimeMs;
    this.#links = nlink;
  }

  /**
   * One fstat: nobody wrote to the inode, renamed or replaced it since {@link remember}. Does not
   * see a folder above being exchanged.
   */
  isUntouched(): boolean {
    if (this.#fd === undefined || this.#isClosed) return false;
    const stats = fstatSync(this.#fd);
    return (
      stats.ctimeMs === this.#ctimeMs &&
      stats.mtimeMs === this.#mtimeMs &&
      stats.nlink === this.#links &&
      stats.size === this.sizeBytes
    );
  }

  /**
   * The bytes of this version, or `length` of them from `offset`.
   * @throws StoreConflict if the version was superseded, or written to while being read
   */
  async read(offset: number, length: number): Promise<Buffer> {
    if (this.#isClosed || this.#isRetired) throw new StoreConflict("superseded", [this.file]);
    if (this.#fd === undefined) return Buffer.alloc(0);
    this.#users += 1;
    try {
      const bytes = await this.#fill(this.#fd, Buffer.allocUnsafeSlow(length), offset);
      if (!this.#isUnchanged(this.#fd)) throw new StoreConflict("foreign", [this.file]);
      return bytes;
    } catch (error) {
      throw error instanceof StoreConflict ? error : fileError("read", this.file, error);
    } finally {
      this.#users -= 1;
      this.#closeWhenUnused();
    }
  }

  /** Closes the file once nobody reads it any more. */
  retire(): void {
    this.#isRetired = true;
    this.#closeWhenUnused();
  }

  #isUnchanged(fd: number): boolean {
    return this.is(fstatSync(fd, { bigint: true }));
  }

  async #fill(fd: number, bytes: Buffer, offset: number): Promise<Buffer> {
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(bytes.length - done, pieceBytes);
      const count =
        bytes.length <= synchronousBytes
          ? readSync(fd, bytes, done, length, offset + done)
          : (await readAsync(fd, bytes, done, length, offset + done)).bytesRead;
      if (count === 0) throw new StoreConflict("foreign", [this.file]);
      done += count;
    }
    return bytes;
  }

  #closeWhenUnused(): void {
    if (!this.#isRetired || this.#isClosed || this.#users > 0) return;
    this.#isClosed = true;
    if (this.#fd !== undefined) this.#closer.close(this.#fd, this.sizeBytes);
  }
}
