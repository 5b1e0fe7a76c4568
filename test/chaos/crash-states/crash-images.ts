import type { DiskImage, StoredInode } from "../disk/disk-image.ts";
import {
  applyName,
  type FileInode,
  type FolderInode,
  type PendingWrite,
  withWrite,
} from "../disk/inode.ts";
import { type ModelDisk, rootInode } from "../disk/model-disk.ts";

/** What was durable and what was not, at one moment. */
export interface DiskMoment {
  readonly folders: ReadonlyMap<number, FolderMoment>;
  readonly files: ReadonlyMap<number, FileMoment>;
}

type Attributes = "ino" | "mode" | "uid" | "gid" | "mtimeNs" | "pending";
type FolderMoment = Readonly<Pick<FolderInode, Attributes | "durableNames">>;
type FileMoment = Readonly<Pick<FileInode, Attributes | "durable">>;

/**
 * The disks that a power cut at one moment may leave and that have all names in common: their
 * files differ, each independently of the others.
 */
export interface DiskFamily {
  /** A text that only families with equal names share. */
  readonly key: string;
  readonly names: ReadonlyMap<number, ReadonlyMap<string, number>>;
  /** By inode: every content that the file may have, without repetitions. */
  readonly files: ReadonlyMap<number, readonly Uint8Array[]>;
}

export function momentOf(disk: ModelDisk): DiskMoment {
  const folders = new Map<number, FolderMoment>();
  const files = new Map<number, FileMoment>();
  for (const folder of disk.folders()) {
    const durableNames = new Map(folder.durableNames);
    folders.set(folder.ino, { ...folder, durableNames, pending: [...folder.pending] });
  }
  for (const file of disk.files()) files.set(file.ino, { ...file, pending: [...file.pending] });
  return { folders, files };
}

/**
 * Every disk that a power cut at this moment may leave: each folder with some prefix of its
 * unsynced changes of names, each file with any subset of the blocks of its unsynced writes, the
 * size written or not.
 * @param blocks into how many parts each write may be torn
 */
export function* diskFamilies(moment: DiskMoment, blocks: number): Generator<DiskFamily> {
  const contents = new Map<number, readonly Uint8Array[]>();
  for (const names of folderChoices(moment, new Map(), [rootInode])) {
    const files = new Map<number, readonly Uint8Array[]>();
    for (const ino of new Set([...names.values()].flatMap((entries) => [...entries.values()]))) {
      const file = moment.files.get(ino);
      if (file === undefined) continue;
      const known = contents.get(ino) ?? contentsOf(file, blocks);
      contents.set(ino, known);
      files.set(ino, known);
    }
    yield { key: keyOf(names), names, files };
  }
}

/** How many disks a family has. */
export function sizeOf({ files }: DiskFamily): number {
  return [...files.values()].reduce((product, { length }) => product * length, 1);
}

/** One disk of a family. @param choose asked for a file's content when somebody looks at it */
export function imageIn(
  { folders, files }: DiskMoment,
  family: DiskFamily,
  choose: (ino: number, contents: readonly Uint8Array[]) => Uint8Array,
): DiskImage {
  const inodes = new Map<number, StoredInode>();
  for (const [ino, names] of family.names) {
    const folder = folders.get(ino);
    if (folder !== undefined) inodes.set(ino, { ...attributes(folder), names });
  }
  for (const [ino, contents] of family.files) {
    const file = files.get(ino);
    if (file === undefined) continue;
    inodes.set(ino, {
      ...attributes(file),
      get data() {
        return choose(ino, contents);
      },
    });
  }
  return { inodes };
}

/** The disk on which nothing is that was not synced. */
export function leastImage(moment: DiskMoment): DiskImage {
  for (const family of diskFamilies(moment, 1))
    return imageIn(moment, family, (_ino, [least = new Uint8Array()]) => least);
  throw new Error("a moment without disks");
}

type Names = DiskFamily["names"];

/** Chooses a prefix for each folder that the choices so far make reachable. */
function* folderChoices(
  moment: DiskMoment,
  chosen: Names,
  open: readonly number[],
): Generator<Names> {
  const [ino, ...rest] = open;
  if (ino === undefined) {
    yield chosen;
    return;
  }
  const folder = moment.folders.get(ino);
  if (folder === undefined) throw new Error(`inode ${ino} is no folder`);
  for (let kept = 0; kept <= folder.pending.length; kept += 1) {
    const names = new Map(folder.durableNames);
    for (const change of folder.pending.slice(0, kept)) applyName(names, change);
    const below = [...names.values()].filter((child) => moment.folders.has(child));
    yield* folderChoices(moment, new Map(chosen).set(ino, names), [...rest, ...below]);
  }
}

/** Every content that the file may have after the cut, without repetitions. */
function contentsOf(file: FileMoment, blocks: number): Uint8Array[] {
  if (file.pending.length === 0) return [file.durable];
  const parts = file.pending.flatMap((write) => torn(write, blocks));
  const fullSize = Math.max(
    file.durable.byteLength,
    ...parts.map(({ offset, bytes }) => offset + bytes.byteLength),
  );
  const found = new Map<string, Uint8Array>();
  for (let subset = 0; subset < 2 ** parts.length; subset += 1) {
    const kept = parts.filter((_part, index) => (subset & (1 << index)) !== 0);
    const short = kept.reduce(withWrite, file.durable);
    const long = withWrite(short, { offset: fullSize, bytes: new Uint8Array() });
    for (const content of [short, long])
      found.set(Buffer.from(content).toString("latin1"), content);
  }
  return [...found.values()];
}

function torn({ offset, bytes }: PendingWrite, blocks: number): PendingWrite[] {
  const length = Math.ceil(bytes.byteLength / blocks);
  return Array.from({ length: blocks }, (_unused, index) => ({
    offset: offset + index * length,
    bytes: bytes.subarray(index * length, (index + 1) * length),
  })).filter((part) => part.bytes.byteLength > 0);
}

function keyOf(names: Names): string {
  return [...names]
    .map(([ino, entries]) => {
      const listed = [...entries].map(([name, child]) => `${name}>${child}`).toSorted();
      return `${ino}:${listed.join("/")}`;
    })
    .toSorted()
    .join("|");
}

function attributes({
  mode,
  uid,
  gid,
  mtimeNs,
}: FileMoment | FolderMoment): Pick<FileMoment, "mode" | "uid" | "gid" | "mtimeNs"> {
  return { mode, uid, gid, mtimeNs };
}
