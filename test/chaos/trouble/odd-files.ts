import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";

/** Makes a path odd. @returns what makes it as it was */
type Oddity = (path: string) => () => void;

const inPlaceOf =
  (make: (path: string, kept: string) => void): Oddity =>
  (path) => {
    const kept = `${path}.kept`;
    renameSync(path, kept);
    make(path, kept);
    return () => {
      // What SQLite wrote beside the other file belongs to that one.
      for (const end of ["", "-wal", "-shm", "-journal"])
        rmSync(path + end, { recursive: true, force: true });
      renameSync(kept, path);
    };
  };

const withFlag =
  (flag: string): Oddity =>
  (path) => {
    execFileSync("chattr", [`+${flag}`, path]);
    return () => void execFileSync("chattr", [`-${flag}`, path]);
  };

/** What may stand where a file or a folder of a store should, or be done to it. */
export const oddities: Readonly<Record<string, Oddity>> = {
  "a FIFO": inPlaceOf((path) => void execFileSync("mkfifo", [path])),
  "an empty folder": inPlaceOf((path) => mkdirSync(path)),
  "a link that leads nowhere": inPlaceOf((path) => symlinkSync(`${path}.nowhere`, path)),
  "a link to it": inPlaceOf((path, kept) => symlinkSync(kept, path)),
  "a link to itself": inPlaceOf((path) => symlinkSync(path, path)),
  "a device": inPlaceOf((path) => void execFileSync("mknod", [path, "c", "1", "3"])),
};

/** Of the file system, and only for root. */
export const flags: Readonly<Record<string, Oddity>> = {
  immutable: withFlag("i"),
  "append-only": withFlag("a"),
};

/** Why files cannot be made immutable in a folder; undefined if they can. */
export function whyNoFlags(folder: string): string | undefined {
  const { error, status, stderr } = spawnSync("chattr", ["+i", folder], { encoding: "utf8" });
  if (error !== undefined) return `there is no chattr: ${error.message}`;
  if (status !== 0) return stderr.trim();
  execFileSync("chattr", ["-i", folder]);
  return undefined;
}
