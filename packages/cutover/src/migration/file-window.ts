import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileFailure } from "../state/file-failure.ts";

const windowBytes = 1_048_576;

/** Reads any range of a file; ranges that follow one another come from memory. */
export class FileWindow {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #fd: number;
  #window: Buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, "r");
      this.sizeBytes = fstatSync(this.#fd).size;
    } catch (error) {
      throw fileFailure("open", path, error);
    }
  }

  /** A view that stays valid: the window is replaced, never overwritten. */
  read(start: number, end: number): Buffer {
    const from = start - this.#offset;
    if (from < 0 || end - this.#offset > this.#window.length) {
      this.#load(start, Math.max(end - start, windowBytes));
      return this.#window.subarray(0, end - start);
    }
    return this.#window.subarray(from, end - this.#offset);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #load(start: number, length: number): void {
    const wanted = Math.min(length, Math.max(0, this.sizeBytes - start));
    const buffer = Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    try {
      while (filled < wanted) {
        const count = readSync(this.#fd, buffer, filled, wanted - filled, start + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch (error) {
      throw fileFailure("read", this.path, error);
    }
    this.#window = buffer.subarray(0, filled);
    this.#offset = start;
  }
}
