import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { StorageError } from "@cutover/core";

/**
 * The generation of the records where it can be read in a microsecond: twice the number, which is
 * even, or one more while a commit is under way. It lies there twice, so that half of a change is
 * never taken for a number. The truth is in the database.
 */
export class GenerationFile {
  private readonly file: number;
  private readonly numbers = new Float64Array(2);
  private readonly bytes = new Uint8Array(this.numbers.buffer);

  constructor(path: string) {
    try {
      this.file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    } catch (cause) {
      const message = `${path}: the file cannot be opened; look at its folder`;
      throw new StorageError("IO_FAILED", message, { cause });
    }
  }

  /** @returns undefined while a commit is under way, or when its process died in it */
  read(): number | undefined {
    const { numbers, bytes } = this;
    if (readSync(this.file, bytes, 0, 16, 0) !== 16) return undefined;
    const [first = 1, second] = numbers;
    return first === second && first % 2 === 0 ? first / 2 : undefined;
  }

  private write(number: number): void {
    const numbers = Float64Array.of(number, number);
    writeSync(this.file, new Uint8Array(numbers.buffer), 0, 16, 0);
  }

  /** Says that the commit to this generation is under way. */
  begin(generation: number): void {
    this.write(generation * 2 - 1);
  }

  /** Says that the database has this generation. */
  end(generation: number): void {
    this.write(generation * 2);
  }

  close(): void {
    closeSync(this.file);
  }
}
