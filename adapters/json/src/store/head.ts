import { closeSync } from "node:fs";
import { type CommitEntry, type CommitRecord } from "./commit-record.ts";

/**
 * The latest claimed commit, as this process found it. Its record file is held open, so that an
 * equal inode number under its name proves that the name was never given away.
 */
export class Head {
  readonly record: CommitRecord;
  /** Undefined while the store has no state folder: revision 0 of plain files. */
  readonly ino: bigint | undefined;
  readonly #fd: number | undefined;
  #users = 1;
  #isApplied: boolean;

  constructor(record: CommitRecord, file?: { readonly fd: number; readonly ino: bigint }) {
    this.record = record;
    this.ino = file?.ino;
    this.#fd = file?.fd;
    this.#isApplied = record.entries.length === 0;
  }

  get revision(): number {
    return this.record.revision;
  }

  get token(): string {
    return this.record.token;
  }

  /** False once all temp files were seen to be gone: they never come back. */
  get isPending(): boolean {
    return !this.#isApplied;
  }

  markApplied(): void {
    this.#isApplied = true;
  }

  entryOf(file: string): CommitEntry | undefined {
    return this.record.entries.find((entry) => entry.file === file);
  }

  retain(): this {
    this.#users += 1;
    return this;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.#fd !== undefined) closeSync(this.#fd);
  }
}
