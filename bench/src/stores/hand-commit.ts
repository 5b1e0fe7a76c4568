import {
  close,
  closeSync,
  constants,
  fsync as fsyncCallback,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const fsync = promisify(fsyncCallback);
/** Records of commits that stay, as with ours. */
const kept = 4;

const openFolder = (path: string): number =>
  openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);

/**
 * Nothing one would use: the bare system calls of a durable commit as our JSON files have it, with
 * the lock and the record that let a commit over several files be found and finished by others.
 * Nobody is waited for, no error is explained, nothing is swept.
 */
export class HandCommit {
  readonly #path: string;
  readonly #state: string;
  readonly #folder: number;
  readonly #commits: number;
  #revision = 0;
  /** The version that was put in place last, open: only so its inode number is not used again. */
  #pinned: number;
  #seen: { readonly ino: number; readonly mtimeMs: number };

  /** @param path of a file that is there */
  constructor(path: string) {
    this.#path = path;
    this.#state = join(dirname(path), "hand");
    mkdirSync(join(this.#state, "commits"), { recursive: true });
    this.#folder = openFolder(dirname(path));
    this.#commits = openFolder(join(this.#state, "commits"));
    this.#pinned = openSync(path, "r");
    this.#seen = statSync(path);
  }

  /** Replaces the file. Resolves when that is durable. */
  async commit(bytes: Buffer): Promise<void> {
    const lock = join(this.#state, "lock");
    mkdirSync(lock);
    const [staged, record] = [`${this.#path}.new`, join(this.#state, "record")];
    const file = openSync(staged, "wx");
    writeSync(file, bytes);
    const note = openSync(record, "wx");
    writeSync(note, JSON.stringify({ revision: ++this.#revision, staged }));
    await Promise.all([fsync(file), fsync(note), fsync(this.#folder)]);
    this.#look();
    linkSync(record, this.#claim(this.#revision));
    await fsync(this.#commits);
    renameSync(staged, this.#path);
    await fsync(this.#folder);
    closeSync(note);
    unlinkSync(record);
    if (this.#revision > kept) unlinkSync(this.#claim(this.#revision - kept));
    this.#exchangePin(file);
    rmdirSync(lock);
  }

  #claim(revision: number): string {
    return join(this.#state, "commits", `commit-${revision}`);
  }

  /** Nobody else has written meanwhile. */
  #look(): void {
    const { ino, mtimeMs } = statSync(this.#path);
    if (ino !== this.#seen.ino || mtimeMs !== this.#seen.mtimeMs)
      throw new Error(`${this.#path} was changed by somebody else`);
  }

  #exchangePin(file: number): void {
    // The last close of a file that has no name frees its blocks, which takes a while.
    close(this.#pinned);
    this.#pinned = file;
    this.#seen = statSync(this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [this.#folder, this.#commits, this.#pinned]) closeSync(open);
  }
}
