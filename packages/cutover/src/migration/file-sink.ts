import { createHash } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { Stats } from "node:fs";
import { fileFailure } from "../state/file-failure.ts";
import { makeFolder, syncFolder } from "../state/write-durably.ts";

const bufferBytes = 1_048_576;

/** A new file that is written from front to back, durable once it is finished. */
export class FileSink {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #parts: Uint8Array[] = [];
  #waiting = 0;
  #sizeBytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<FileSink> {
    await makeFolder(dirname(path), 0o755);
    try {
      await rm(path, { force: true });
      return new FileSink(path, await open(path, "wx", 0o600));
    } catch (error) {
      throw fileFailure("write", path, error);
    }
  }

  /** @param bytes - must not be changed afterwards */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#waiting += bytes.length;
  }

  /** True when {@link flush} should be called before more is added. */
  get isFull(): boolean {
    return this.#waiting >= bufferBytes;
  }

  async flush(): Promise<void> {
    if (this.#parts.length === 0) return;
    const whole = Buffer.concat(this.#parts, this.#waiting);
    this.#parts = [];
    this.#waiting = 0;
    this.#hash.update(whole);
    this.#sizeBytes += whole.length;
    try {
      await this.#handle.writeFile(whole);
    } catch (error) {
      throw fileFailure("write", this.path, error);
    }
  }

  /** Makes content and name durable, with owner and mode of the file it is to replace. */
  async finish(like: Stats | undefined): Promise<{ sha256: string; sizeBytes: number }> {
    await this.flush();
    try {
      if (like !== undefined) await keepOwner(this.#handle, like);
      await this.#handle.sync();
      await this.#handle.close();
      await syncFolder(dirname(this.path));
    } catch (error) {
      throw fileFailure("write", this.path, error);
    }
    return { sha256: this.#hash.digest("hex"), sizeBytes: this.#sizeBytes };
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.path, { force: true });
  }
}

/** The new file is never open to more people than the old one. */
async function keepOwner(handle: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const mine = await handle.stat();
  let kept = mode & 0o777;
  if (mine.uid !== uid || mine.gid !== gid) {
    try {
      await handle.chown(uid, gid);
    } catch {
      // Only root may give a file away; another owner or group must not gain by it.
      kept &= 0o600;
    }
  }
  if (kept !== 0o600) await handle.chmod(kept);
}
