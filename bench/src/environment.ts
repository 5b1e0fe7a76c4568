import { statfsSync } from "node:fs";
import { arch, cpus, platform, release } from "node:os";
import Database from "better-sqlite3";

/** What the figures were measured on. */
export interface Environment {
  readonly machine: string;
  readonly cores: number;
  readonly node: string;
  readonly sqlite: string;
  readonly fileSystem: string;
}

/** Magic numbers of statfs(2). On a tmpfs an fsync costs nothing, and nothing is durable. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x01021994, "tmpfs: fsync costs nothing here, use --folder"],
  [0x794c7630, "overlayfs"],
]);

function sqliteVersion(): string {
  const database = new Database(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version()").pluck().get());
  } finally {
    database.close();
  }
}

/** Reads what the program runs on. */
export function environmentOf(folder: string): Environment {
  const type = statfsSync(folder).type;
  return {
    machine: `${platform()} ${release().split("-", 1).join("")} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown processor"}`,
    cores: cpus().length,
    node: process.version,
    sqlite: sqliteVersion(),
    fileSystem: fileSystems.get(type) ?? `0x${type.toString(16)}`,
  };
}
