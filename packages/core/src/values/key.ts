import { StorageError } from "../errors/storage-error.ts";
import { textProblem } from "./normalise.ts";

/** Longest key, in UTF-8 bytes. */
export const maxKeyBytes = 1024;

/** What keeps a string from being a key, or undefined when it may be one. */
export function keyProblem(key: string): string | undefined {
  if (key === "") return "is empty";
  // A UTF-16 unit takes at most three bytes in UTF-8, so short keys need no counting.
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes) {
    return `is longer than ${maxKeyBytes} UTF-8 bytes`;
  }
  return textProblem(key);
}

/**
 * Checks a key that a caller handed in.
 *
 * @throws StorageError INVALID_KEY
 */
export function checkKey(key: unknown): string {
  if (typeof key !== "string") {
    throw new StorageError("INVALID_KEY", `a key must be a string and is ${typeof key}`);
  }
  const problem = keyProblem(key);
  if (problem !== undefined) throw new StorageError("INVALID_KEY", `the key ${problem}`);
  return key;
}
