import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { errnoOf } from "./file-error.ts";
import { type StoreContext } from "./store-context.ts";

const pieceBytes = 1 << 20;
/** Nobody keeps so many; the search must end. */
const mostConflicts = 10_000;

/** Keeps what a foreign writer put into a file that a commit has just replaced, and says so. */
export function saveConflict(context: StoreContext, file: string, from: number): void {
  const { name, fd } = createConflict(context, file);
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let position = 0;
    for (let count = 1; count > 0; position += count) {
      count = readSync(from, piece, 0, pieceBytes, position);
      for (let done = 0; done < count;) done += writeSync(fd, piece, done, count - done);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  context.warn({ kind: "foreign-change", file, savedAs: name });
}

function createConflict(context: StoreContext, file: string): { name: string; fd: number } {
  for (let number = 1; number <= mostConflicts; number += 1) {
    const name = `${file}.conflict-${number}`;
    try {
      return { name, fd: openSync(context.paths.data(name), "wx", 0o600) };
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
  throw new Error(`more than ${mostConflicts} conflict files of ${file}`);
}
