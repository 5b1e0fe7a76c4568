import { type FilePosition, StorageError } from "@cutover/core";
import { charactersIn, lineFeedsIn } from "./byte-counts.ts";
import { isByteOrderMark } from "./bytes.ts";
import type { ScanFault } from "./fault.ts";

/** Line and column, both from 1; columns count characters, not bytes. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** The place `bytes[from..to)` leads to when they begin at `place`. */
export function advance(place: TextPlace, bytes: Uint8Array, from: number, to: number): TextPlace {
  const feeds = lineFeedsIn(bytes, from, to);
  const line = place.line + feeds.count;
  return feeds.count === 0
    ? { line, column: place.column + charactersIn(bytes, from, to) }
    : { line, column: 1 + charactersIn(bytes, feeds.last + 1, to) };
}

/** Where a window of a file's bytes begins. */
export interface WindowOrigin extends TextPlace {
  /** Byte offset of the window in the file. */
  readonly offset: number;
}

/** The origin of a whole file; a byte order mark takes no column. */
export function startOfFile(bytes: Uint8Array): WindowOrigin {
  return { offset: 0, line: 1, column: isByteOrderMark(bytes, 0) ? 0 : 1 };
}

/** The origin of what follows after the first `size` bytes of a window. */
export function moveOrigin(
  origin: WindowOrigin,
  bytes: Uint8Array,
  size: number = bytes.length,
): WindowOrigin {
  const { line, column } = advance(origin, bytes, 0, size);
  return { offset: origin.offset + size, line, column };
}

/**
 * Turns offsets inside one window into lines and columns. Asking in ascending order costs one pass
 * over the window altogether.
 */
export class LineTracker {
  readonly #bytes: Uint8Array;
  readonly #origin: WindowOrigin;
  #at = 0;
  #place: TextPlace;

  constructor(bytes: Uint8Array, origin: WindowOrigin) {
    this.#bytes = bytes;
    this.#origin = origin;
    this.#place = origin;
  }

  position(file: string, at: number, path: string): FilePosition {
    if (at < this.#at) {
      this.#at = 0;
      this.#place = this.#origin;
    }
    this.#place = advance(this.#place, this.#bytes, this.#at, at);
    this.#at = at;
    const { line, column } = this.#place;
    return { file, offset: this.#origin.offset + at, line, column, path };
  }
}

/** The error for something found at `position`. */
export function corrupt(message: string, position: FilePosition): StorageError {
  const { file, line, column, path, offset } = position;
  return new StorageError(
    "CORRUPT_DATA",
    `${file}, line ${line}, column ${column} (byte ${offset}), at ${path}: ${message}.`,
    { position },
  );
}

/** The error for a file that breaks the grammar or its layout. */
export function corruptFault(fault: ScanFault, position: FilePosition): StorageError {
  return corrupt(fault.message, position);
}
