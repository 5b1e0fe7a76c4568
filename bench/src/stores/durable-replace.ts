import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The least that replaces a file so that a power cut leaves the old one or the new one. */
export function durableReplace(path: string, bytes: Buffer): void {
  const staged = `${path}.new`;
  const file = openSync(staged, "w");
  writeSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
  renameSync(staged, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
