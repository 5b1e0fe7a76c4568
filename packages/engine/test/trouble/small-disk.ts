import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small file system of its own. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves so many bytes. @returns what gives the space back */
  fillUp(left: number): Promise<() => void>;
  remove(): void;
}

/** @returns undefined where this process may not mount */
export function smallDisk(): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "cutover-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path], { stdio: "pipe" });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    fillUp: async (left) => {
      const { bavail, bsize } = await statfs(path);
      const filler = join(path, "filler");
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
      return () => rmSync(filler);
    },
    remove: () => {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}
