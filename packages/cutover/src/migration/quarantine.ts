import { createHash } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fileFailure } from "../state/file-failure.ts";
import { makeFolder, syncFolder } from "../state/write-durably.ts";
import type { Finding } from "./finding-list.ts";

/** Where records lie that a migration set aside; mode 0700, it may hold secrets. */
export function quarantineFolder(folder: string): string {
  return join(folder, ".cutover", "quarantine");
}

function fileNameOf(file: string, epoch: number): string {
  return `${file.replaceAll("%", "%25").replaceAll("/", "%2F")}.e${epoch}.ndjson`;
}

/**
 * The records of one file that could not be taken over, verbatim, one JSON object a line:
 * `{ collection, code, message, line, column, path, offset, sha256, encoding, bytes }`.
 */
export class QuarantineFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #count = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Replaces what an earlier, failed run of the same epoch left. */
  static async create(folder: string, file: string, epoch: number): Promise<QuarantineFile> {
    const place = quarantineFolder(folder);
    await makeFolder(place, 0o700);
    const path = join(place, fileNameOf(file, epoch));
    try {
      await rm(path, { force: true });
      return new QuarantineFile(path, await open(path, "wx", 0o600));
    } catch (error) {
      throw fileFailure("write", path, error);
    }
  }

  get count(): number {
    return this.#count;
  }

  /** @param item - exactly the bytes of the record, its name included */
  async add(finding: Finding, item: Buffer): Promise<void> {
    const { file, line, column, offset, path } = finding.position;
    const text = item.toString("utf8");
    const isText = Buffer.from(text, "utf8").equals(item);
    const entry = {
      file,
      collection: finding.collection,
      code: finding.code,
      message: finding.message,
      line,
      column,
      path,
      offset,
      sha256: createHash("sha256").update(item).digest("hex"),
      encoding: isText ? "utf8" : "base64",
      bytes: isText ? text : item.toString("base64"),
    };
    try {
      await this.#handle.writeFile(`${JSON.stringify(entry)}\n`);
    } catch (error) {
      throw fileFailure("write", this.path, error);
    }
    this.#count += 1;
  }

  /** Makes it durable. */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await syncFolder(join(this.path, ".."));
    } catch (error) {
      throw fileFailure("write", this.path, error);
    }
  }

  /** Takes it away again. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.path, { force: true });
  }
}
