import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; gone when its scope ends. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "cutover-sqlite-"));

  file(name = "store.db"): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
