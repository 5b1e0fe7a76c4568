import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ControlLock, LockMode, LockOptions } from "@cutover/core";
import { FairLock } from "./fair-lock.ts";

/** So much of a name is left readable in the name of its files. */
const readableLength = 40;

/** Any name as a file name: bounded, and different ones differ where case does not count too. */
function fileName(name: string): string {
  const readable = name.replaceAll(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, readableLength);
  return `${readable}-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
}

/** All locks of a control store, each with its files in one folder. */
export class LockFolder {
  private readonly path: string;
  private readonly locks = new Map<string, FairLock>();

  constructor(path: string) {
    this.path = path;
  }

  lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    let lock = this.locks.get(name);
    if (lock === undefined) {
      lock = new FairLock(name, join(this.path, fileName(name)));
      this.locks.set(name, lock);
    }
    return lock.lock(mode, options);
  }

  /** Gives everything back; who still waits is turned away. */
  close(): void {
    for (const lock of this.locks.values()) lock.close();
    this.locks.clear();
  }
}
