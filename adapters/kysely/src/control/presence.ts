import { closeSync, openSync, statSync } from "node:fs";
import { StorageError } from "@cutover/core";

interface Identity {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

function identify(path: string): Identity {
  const { dev, ino } = statSync(path);
  return { path, device: dev, inode: ino };
}

/**
 * Tells that what was opened still lies where others will look for it. Deleted files go on working
 * for who has them open: two processes would then each have a control store, and locks, of its own.
 * Files are looked at and never opened: closing one would drop the locks that SQLite holds on it.
 */
export class Presence {
  private readonly found: readonly Identity[];
  private readonly folder: number | undefined;

  /** @param folder is held open, so that its number cannot be given to another one */
  constructor(files: readonly string[], folder: string) {
    // Windows neither opens folders nor deletes files that are open.
    this.folder = process.platform === "win32" ? undefined : openSync(folder, "r");
    this.found = [...files, folder].map(identify);
  }

  /** @throws StorageError IO_FAILED */
  check(): void {
    for (const { path, device, inode } of this.found) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined && stat.ino === inode && stat.dev === device) continue;
      throw new StorageError(
        "IO_FAILED",
        `${path}: the control store was ${stat === undefined ? "deleted" : "replaced"} while in use; ` +
          "stop every process that uses it and run `cutover doctor`",
        { nextCommand: "cutover doctor" },
      );
    }
  }

  close(): void {
    if (this.folder !== undefined) closeSync(this.folder);
  }
}
