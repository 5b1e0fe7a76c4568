// `node:fs` as the adapter sees it while it runs on a model disk; what lies elsewhere is the real one.
import * as real from "node:fs";
import { promisify } from "node:util";
import { diskError } from "./disk-error.ts";
import { life } from "./disk-life.ts";
import type { FileInode, Inode } from "./inode.ts";
import { mountPoint, type ModelDisk } from "./model-disk.ts";
import { bootOfCopy } from "./copies.ts";
import { statsOf, type ModelStats } from "./model-stats.ts";

type Done = (error: unknown) => void;
type Encoding = "utf8" | "latin1";
type StatOptions = { readonly bigint?: boolean; readonly throwIfNoEntry?: boolean };

export const constants: typeof real.constants = real.constants;
const { O_CREAT, O_DIRECTORY, O_EXCL, O_TRUNC } = constants;
const flagsByText: Readonly<Record<string, number>> = {
  r: 0,
  w: O_CREAT | O_TRUNC,
  wx: O_CREAT | O_EXCL,
};
/** Which boot this copy of the adapter believes to run in. */
const boot = bootOfCopy(import.meta.url);

const isOurs = (path: string): boolean => path === mountPoint || path.startsWith(`${mountPoint}/`);

function asked(syscall: string, path: string): ModelDisk {
  const { before, disk } = life();
  before(syscall, path);
  return disk;
}

function askedFor(syscall: string, fd: number): { disk: ModelDisk; node: Inode } {
  const { path, node } = life().disk.opened(fd, syscall);
  return { disk: asked(syscall, path), node };
}

function fileOf(syscall: string, fd: number): { disk: ModelDisk; node: FileInode } {
  const { disk, node } = askedFor(syscall, fd);
  if (node.kind !== "file") throw diskError("EISDIR", syscall, String(fd));
  return { disk, node };
}

function later(done: Done, work: () => void): void {
  setImmediate(() => {
    let failure: unknown = null;
    try {
      work();
    } catch (error) {
      failure = error;
    }
    done(failure);
  });
}

export function openSync(path: string, flags: number | string, mode = 0o666): number {
  const bits = typeof flags === "number" ? flags : flagsByText[flags];
  if (bits === undefined) throw new Error(`the model knows no flags ${flags}`);
  const disk = asked((bits & O_CREAT) === 0 ? "open" : "create", path);
  const found = disk.find(path, "open");
  if (found !== undefined && (bits & O_EXCL) !== 0) throw diskError("EEXIST", "open", path);
  if (found === undefined && (bits & O_CREAT) === 0) throw diskError("ENOENT", "open", path);
  const node = found ?? disk.create(path, "file", mode);
  if ((bits & O_DIRECTORY) !== 0 && node.kind !== "folder")
    throw diskError("ENOTDIR", "open", path);
  if ((bits & O_TRUNC) !== 0 && node.kind === "file" && node.data.byteLength > 0)
    throw new Error(`the model does not truncate: ${path}`);
  return disk.openAt(path, node);
}

/** No failure is injected here: Linux gives the descriptor back whatever close() reports. */
export function closeSync(fd: number): void {
  life().disk.close(fd);
}

/** The disk is that of the call: the close may come when the next one is mounted. */
export function close(fd: number, done: Done): void {
  const { disk } = life();
  later(done, () => disk.close(fd));
}

export function fsyncSync(fd: number): void {
  const { disk } = life();
  try {
    disk.sync(askedFor("fsync", fd).node);
  } catch (error) {
    disk.losePending(disk.opened(fd, "fsync").node);
    throw error;
  }
}

export function fsync(fd: number, done: Done): void {
  later(done, () => fsyncSync(fd));
}

export function writeSync(fd: number, data: string | Uint8Array, ...rest: number[]): number {
  const { disk, node } = fileOf("write", fd);
  if (typeof data === "string") {
    const bytes = Buffer.from(data);
    disk.write(node, rest[0] ?? node.data.byteLength, bytes);
    return bytes.byteLength;
  }
  const [offset = 0, length = data.byteLength - offset, position = node.data.byteLength] = rest;
  disk.write(node, position, data.subarray(offset, offset + length));
  return length;
}

export function writevSync(fd: number, buffers: readonly Uint8Array[], position: number): number {
  const { disk, node } = fileOf("writev", fd);
  const bytes = Buffer.concat(buffers);
  disk.write(node, position, bytes);
  return bytes.byteLength;
}

export function writev(fd: number, buffers: readonly Uint8Array[]): never {
  throw new Error(`the model writes ${buffers.length} buffers to ${fd} for promises only`);
}
Object.defineProperty(writev, promisify.custom, {
  value: async (fd: number, buffers: readonly Uint8Array[], position: number) => ({
    bytesWritten: writevSync(fd, buffers, position),
    buffers,
  }),
});

export function readSync(
  fd: number,
  into: Uint8Array,
  ...[at = 0, length = into.byteLength, position = 0]: number[]
): number {
  const { node } = fileOf("read", fd);
  const piece = node.data.subarray(position, position + length);
  into.set(piece, at);
  return piece.byteLength;
}

export function read(
  fd: number,
  into: Uint8Array,
  ...[at = 0, length = 0, position = 0]: number[]
): never {
  throw new Error(`the model reads ${into.byteLength}/${fd}/${at}/${length}/${position} at once`);
}
Object.defineProperty(read, promisify.custom, {
  value: async (fd: number, into: Uint8Array, ...rest: number[]) => ({
    bytesRead: readSync(fd, into, ...rest),
    buffer: into,
  }),
});

export function readFileSync(target: string | number, encoding?: Encoding): string | Uint8Array {
  if (typeof target === "string" && !isOurs(target)) {
    if (target.endsWith("/boot_id")) return boot;
    return encoding === undefined
      ? real.readFileSync(target)
      : real.readFileSync(target, { encoding });
  }
  const node =
    typeof target === "number"
      ? fileOf("read", target).node
      : asked("open", target).at(target, "open");
  if (node.kind !== "file") throw diskError("EISDIR", "read", String(target));
  const bytes = Buffer.from(node.data);
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

export function writeFileSync(path: string, text: string, options: { mode?: number } = {}): void {
  const disk = asked("create", path);
  const node = disk.find(path, "open") ?? disk.create(path, "file", options.mode ?? 0o666);
  disk.write(node, 0, Buffer.from(text));
}

export const readlinkSync: typeof real.readlinkSync = real.readlinkSync;

export function realpathSync(path: string): string {
  asked("realpath", path).at(path, "realpath");
  return path;
}

export function statSync(path: string, options: StatOptions = {}): ModelStats | undefined {
  const found = asked("stat", path).find(path, "stat");
  if (found !== undefined) return statsOf(found, options.bigint === true);
  if (options.throwIfNoEntry === false) return undefined;
  throw diskError("ENOENT", "stat", path);
}

/** The model has no symbolic links. */
export const lstatSync: typeof statSync = statSync;

export function fstatSync(fd: number, options: StatOptions = {}): ModelStats {
  return statsOf(askedFor("fstat", fd).node, options.bigint === true);
}

export function readdirSync(path: string): string[] {
  const node = asked("readdir", path).at(path, "scandir");
  if (node.kind !== "folder") throw diskError("ENOTDIR", "scandir", path);
  return [...node.names.keys()].toSorted();
}

export function mkdirSync(
  path: string,
  options: { recursive?: boolean; mode?: number } = {},
): string | undefined {
  const disk = asked("mkdir", path);
  if (options.recursive !== true) {
    disk.create(path, "folder", options.mode ?? 0o777);
    return undefined;
  }
  const missing: string[] = [];
  for (let at = path; disk.find(at, "mkdir") === undefined; at = at.slice(0, at.lastIndexOf("/")))
    missing.unshift(at);
  for (const folder of missing) disk.create(folder, "folder", options.mode ?? 0o777);
  return missing[0];
}

export function linkSync(from: string, to: string): void {
  asked("link", to).link(from, to);
}

export function renameSync(from: string, to: string): void {
  asked("rename", to).rename(from, to);
}

export function unlinkSync(path: string): void {
  asked("unlink", path).remove(path, "file");
}

export function rmdirSync(path: string): void {
  asked("rmdir", path).remove(path, "folder");
}

export function rmSync(path: string, options: { force?: boolean } = {}): void {
  const disk = asked("unlink", path);
  const found = disk.find(path, "unlink");
  if (found === undefined && options.force === true) return;
  disk.remove(path, found?.kind ?? "file");
}

export function utimesSync(path: string): void {
  const disk = asked("utimes", path);
  disk.at(path, "utimes").mtimeNs = disk.now();
}

export function fchmodSync(fd: number, mode: number): void {
  askedFor("fchmod", fd).node.mode = mode;
}

export function fchownSync(fd: number, uid: number, gid: number): void {
  Object.assign(askedFor("fchown", fd).node, { uid, gid });
}
