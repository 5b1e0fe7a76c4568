import { close, closeSync } from "node:fs";
import { promisify } from "node:util";

const closeLater = promisify(close);
/** Freeing the blocks of a larger file takes longer than the hop to the thread pool. */
const quicklyFreedBytes = 1 << 16;

/** Closes files that nobody reads any more, large ones without holding up the event loop. */
export class FileCloser {
  readonly #closing = new Set<Promise<void>>();

  /** @param sizeBytes of the file, whose last close frees its blocks where it was replaced */
  close(fd: number, sizeBytes: number): void {
    if (sizeBytes <= quicklyFreedBytes) {
      closeSync(fd);
      return;
    }
    const closing = closeLater(fd)
      // It was only read.
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Resolves when all are closed. */
  async idle(): Promise<void> {
    await Promise.all(this.#closing);
  }
}
