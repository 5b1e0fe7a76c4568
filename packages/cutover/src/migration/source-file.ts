import { createHash } from "node:crypto";
import { constants, type BigIntStats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { StorageError } from "@cutover/core";
import { errnoOf, fileFailure } from "../state/file-failure.ts";

/** What the bytes of a file were when they were read. */
export interface SourceDigest {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Time of the last change, UTC in ISO 8601. */
  readonly mtime: string;
  /** Names these bytes at this path; equal as long as nobody wrote to it. */
  readonly identity: string;
}

/** How to read a file. */
export interface ReadOptions {
  /** Handed every chunk before the reader gets it; the next one waits for it. */
  readonly tee?: (chunk: Buffer) => Promise<void> | void;
  readonly signal?: AbortSignal | undefined;
}

const chunkBytes = 524_288;

// O_NONBLOCK: opening a FIFO would wait for a writer for ever.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

function notAFile(path: string): StorageError {
  return new StorageError(
    "IO_FAILED",
    `${path} is no regular file; put a regular file there, or name the file it stands for`,
    { operation: "open" },
  );
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, readFlags);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    if (errno === "ELOOP" || errno === "ENXIO") throw notAFile(path);
    throw fileFailure("open", path, error);
  }
}

/** One pass over a file: its bytes, and what they were. */
export class SourceFile {
  readonly path: string;
  readonly stats: BigIntStats;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;
  #sha256: string | undefined;

  private constructor(path: string, handle: FileHandle, stats: BigIntStats) {
    this.path = path;
    this.#handle = handle;
    this.stats = stats;
  }

  /** @returns undefined when there is no such file */
  static async open(path: string): Promise<SourceFile | undefined> {
    const handle = await openIfThere(path);
    if (handle === undefined) return undefined;
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return new SourceFile(path, handle, stats);
    await handle.close();
    throw notAFile(path);
  }

  /** All bytes, once; the next chunk is on its way while the reader works on one. */
  async *chunks(options: ReadOptions = {}): AsyncIterable<Buffer> {
    let next = this.#read();
    for (;;) {
      options.signal?.throwIfAborted();
      const chunk = await next;
      if (chunk.length === 0) break;
      next = this.#read();
      // A reader that stops early must not leave a rejection nobody hears.
      next.catch(() => {});
      this.#hash.update(chunk);
      this.#sizeBytes += chunk.length;
      await options.tee?.(chunk);
      yield chunk;
    }
    this.#sha256 = this.#hash.digest("hex");
  }

  /**
   * What was read. Call after the last chunk.
   * @returns undefined when the file changed while it was read
   */
  async digest(): Promise<SourceDigest | undefined> {
    const now = await this.#handle.stat({ bigint: true });
    const identity = identityOf(now);
    if (this.#sha256 === undefined || identity !== identityOf(this.stats)) return undefined;
    if (BigInt(this.#sizeBytes) !== now.size) return undefined;
    const mtime = new Date(Number(now.mtimeMs)).toISOString();
    return { sha256: this.#sha256, sizeBytes: this.#sizeBytes, mtime, identity };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #read(): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    try {
      const { bytesRead } = await this.#handle.read(buffer, 0, chunkBytes);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw fileFailure("read", this.path, error);
    }
  }
}

/** The digest of a file, or undefined when there is none. @throws StorageError VERSION_CONFLICT when it keeps changing */
export async function digestFile(
  path: string,
  signal?: AbortSignal,
): Promise<SourceDigest | undefined> {
  for (let tries = 0; tries < 3; tries += 1) {
    const source = await SourceFile.open(path);
    if (source === undefined) return undefined;
    try {
      for await (const _ of source.chunks({ signal }));
      const digest = await source.digest();
      if (digest !== undefined) return digest;
    } finally {
      await source.close();
    }
  }
  throw changedWhileRead(path);
}

/** The error for a file that somebody else writes to while it is read. */
export function changedWhileRead(path: string): StorageError {
  return new StorageError(
    "VERSION_CONFLICT",
    `${path} was changed by another program while it was read; stop that program and run the command again`,
    { operation: "read" },
  );
}
