import { open, readdir, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf, fileFailure } from "../state/file-failure.ts";
import { makeFolder, syncFolder } from "../state/write-durably.ts";

/** Copies of the originals as they were migrated, one folder per epoch; mode 0700. */
function basesFolder(folder: string): string {
  return join(folder, ".cutover", "base");
}

/** Where the copy of an original of this epoch lies. */
export function basePath(folder: string, epoch: number, file: string): string {
  return join(basesFolder(folder), `e${epoch}`, file);
}

/**
 * A copy of one original, written while it is read. It is what later tells an edit of the file
 * from a change of the database.
 */
export class BaseCopy {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<BaseCopy> {
    await makeFolder(dirname(path), 0o700);
    try {
      await rm(path, { force: true });
      return new BaseCopy(path, await open(path, "wx", 0o600));
    } catch (error) {
      throw fileFailure("write", path, error);
    }
  }

  async add(chunk: Buffer): Promise<void> {
    try {
      await this.#handle.writeFile(chunk);
    } catch (error) {
      throw fileFailure("write", this.#path, error);
    }
  }

  /** Makes it durable. */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw fileFailure("write", this.#path, error);
    }
  }

  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

/** Removes the copies of all epochs but `kept`: they only serve the migration in force. */
export async function removeBases(folder: string, kept: number | undefined): Promise<void> {
  const bases = basesFolder(folder);
  let names: string[];
  try {
    names = await readdir(bases);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw fileFailure("read the folder", bases, error);
  }
  for (const name of names) {
    if (/^(?:e\d+|empty-.*)$/.test(name) && name !== `e${kept}`) {
      await rm(join(bases, name), { recursive: true, force: true });
    }
  }
}
