import { StorageError } from "@cutover/core";
import { fileSystem } from "./file-system.ts";

/** Reads look again after so long, as soon as the event loop has its turn; writes every time. Milliseconds. */
const trustMs = 50;

/**
 * Tells that the file that was opened still lies at its path. A deleted file goes on working for
 * whoever has it open, and everything written to it is gone with the last process. The file is
 * looked at and never opened: closing it would drop the locks that SQLite holds on it.
 */
export class FilePresence {
  private readonly path: string;
  private readonly inode: number;
  private readonly device: number;
  /** Reset by a timer: to ask the clock at every read takes a hundredth of it. */
  private trusted: NodeJS.Timeout | undefined;

  /** @param path of a file that this process has open, so that its number is not used again */
  constructor(path: string) {
    const { ino, dev } = fileSystem.statSync(path);
    this.path = path;
    this.inode = ino;
    this.device = dev;
  }

  /** @throws StorageError IO_FAILED when the file was deleted or replaced */
  check(): void {
    const found = fileSystem.statSync(this.path, { throwIfNoEntry: false });
    if (found?.ino === this.inode && found.dev === this.device) {
      this.trusted ??= setTimeout(() => this.distrust(), trustMs).unref();
      return;
    }
    this.distrust();
    const what = found === undefined ? "deleted" : "replaced by another one";
    throw new StorageError(
      "IO_FAILED",
      `${this.path} was ${what} while it was open; nothing is read from it or written to it any ` +
        "more. Put the file back, or restore a backup, and restart",
      { backend: "sqlite" },
    );
  }

  /** As {@link check}, unless that was just done. */
  checkNowAndThen(): void {
    if (this.trusted === undefined) this.check();
  }

  private distrust(): void {
    clearTimeout(this.trusted);
    this.trusted = undefined;
  }
}
