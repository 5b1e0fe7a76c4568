import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** File systems that can be told to stop as if the power had failed. */
export const fileSystems = ["ext4", "xfs"] as const;
export type FileSystem = (typeof fileSystems)[number];

const makers: Readonly<Record<FileSystem, readonly string[]>> = {
  ext4: ["mkfs.ext4", "-q", "-F"],
  xfs: ["mkfs.xfs", "-q", "-f"],
};
/** XFS asks for 300 MB; the file has holes. */
const imageBytes = 320 * 2 ** 20;

/** FS_IOC_SHUTDOWN, which ext4 and XFS share. The log is written out first, or not. */
export const cuts = { logWritten: 1, logLost: 2 } as const;
/** Says when it began. */
const shutdown = `use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
open(my $f, "<", $ARGV[0]) or die $!;
printf "%d", clock_gettime(CLOCK_MONOTONIC) * 1e9;
ioctl($f, 0x8004587D, pack("L", $ARGV[1])) or die $!`;

/** A file system of its own, in a file, on which the power can fail. */
export class DiskUnderTest {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #base: string;
  readonly #image: string;
  #isMounted = false;

  constructor(kind: FileSystem) {
    this.#base = mkdtempSync(join(tmpdir(), "cutover-disk-"));
    this.#image = join(this.#base, "image");
    this.folder = join(this.#base, "mounted");
    mkdirSync(this.folder);
    writeFileSync(this.#image, "");
    truncateSync(this.#image, imageBytes);
    const [command = "", ...args] = makers[kind];
    run(command, [...args, this.#image]);
  }

  mount(): void {
    run("mount", ["-o", "loop", this.#image, this.folder]);
    this.#isMounted = true;
  }

  /**
   * From now on every call fails, and what had not come to the disk never will. A sync that is under
   * way just then may succeed all the same, and leave nothing: ext4 and XFS do not wait for it.
   * @returns when it began, in nanoseconds of the machine's monotonic clock
   */
  cut(how: number): bigint {
    return BigInt(run("perl", ["-e", shutdown, this.folder, String(how)]));
  }

  unmount(): void {
    run("umount", [this.folder]);
    this.#isMounted = false;
  }

  remove(): void {
    if (this.#isMounted) this.unmount();
    rmSync(this.#base, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

/** Why no power can be cut here; undefined if it can. */
export function whyNoPowerCuts(kind: FileSystem): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  if (process.getuid?.() !== 0) return "only root may mount";
  const [maker = ""] = makers[kind];
  if (spawnSync(maker, ["-V"]).error !== undefined) return `there is no ${maker}`;
  let disk: DiskUnderTest | undefined;
  try {
    disk = new DiskUnderTest(kind);
    disk.mount();
    disk.cut(cuts.logLost);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    disk?.remove();
  }
}
