import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the systems call the folder for temporary files. */
const variables = ["TMPDIR", "TEMP", "TMP"];
let folder: string | undefined;

/** Has all tests of a run make their temporary files in one folder, which goes with the run. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), "cutover-run-"));
  // Some tests run programs as somebody else, who has to find a way through.
  chmodSync(folder, 0o711);
  for (const variable of variables) process.env[variable] = folder;
}

/** Removes whatever the tests have left. */
export function teardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
