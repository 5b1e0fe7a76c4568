import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** On Linux: files in memory, where a sync costs nothing. */
const inMemory = "/dev/shm";

function root(): string {
  try {
    accessSync(inMemory, constants.W_OK | constants.X_OK);
    return inMemory;
  } catch {
    return tmpdir();
  }
}

/**
 * A folder that is gone after its test. Only for what asks nothing of the disk: every call is made
 * as anywhere else, but nothing in it would outlive a loss of power.
 */
export class ScratchFolder implements Disposable {
  readonly path: string = mkdtempSync(join(root(), "cutover-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
