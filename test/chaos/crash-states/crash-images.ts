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

/** A crash image with a text that only equal images share. */
export interface KeyedImage {
  readonly key: string;
  readonly image: DiskImage;
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

/** Gives equal contents and equal lists of names equal numbers, to make keys short. */
export class Numbers {
  readonly #known = new Map<string, number>();

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.#known.size);
    return this.#known.size - 1;
  }
}

/**
 * Every disk that a power cut at this moment may leave: each folder with some prefix of its
 * unsynced changes of names, each file with any subset of the blocks of its unsynced writes, the
 * size written or not.
 * @param blocks into how many parts each write may be torn
 */
export function* crashImages(
  moment: DiskMoment,
  blocks: number,
  numbers: Numbers,
): Generator<KeyedImage> {
  for (const names of folderChoices(moment, new Map(), [rootInode])) {
    const reachable = [...new Set([...names.values()].flatMap((entries) => [...entries.values()]))];
    const files = reachable.flatMap((ino) => moment.files.get(ino) ?? []);
    for (const contents of contentChoices(files, blocks)) {
      yield keyed(moment, { names, contents }, numbers);
    }
  }
}

type Names = ReadonlyMap<number, ReadonlyMap<string, number>>;

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

type Contents = ReadonlyMap<number, Uint8Array>;

function* contentChoices(files: readonly FileMoment[], blocks: number): Generator<Contents> {
  const [file, ...rest] = files;
  if (file === undefined) {
    yield new Map();
    return;
  }
  const choices = contentsOf(file, blocks);
  for (const others of contentChoices(rest, blocks)) {
    for (const content of choices) yield new Map(others).set(file.ino, content);
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

function keyed(
  moment: DiskMoment,
  chosen: { readonly names: Names; readonly contents: Contents },
  numbers: Numbers,
): KeyedImage {
  const inodes = new Map<number, StoredInode>();
  const parts: string[] = [];
  for (const [ino, names] of chosen.names) {
    const folder = moment.folders.get(ino);
    if (folder !== undefined) inodes.set(ino, { ...attributes(folder), names });
    const listed = [...names].map(([name, child]) => `${name}>${child}`).toSorted();
    parts.push(`${ino}n${numbers.of(listed.join("/"))}`);
  }
  for (const [ino, data] of chosen.contents) {
    const file = moment.files.get(ino);
    if (file !== undefined) inodes.set(ino, { ...attributes(file), data });
    parts.push(`${ino}d${numbers.of(Buffer.from(data).toString("latin1"))}`);
  }
  return { key: parts.toSorted().join(","), image: { inodes } };
}

function attributes({
  mode,
  uid,
  gid,
  mtimeNs,
}: FileMoment | FolderMoment): Pick<FileMoment, "mode" | "uid" | "gid" | "mtimeNs"> {
  return { mode, uid, gid, mtimeNs };
}
