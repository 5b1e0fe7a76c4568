import { diskError } from "./disk-error.ts";
import type { DiskImage } from "./disk-image.ts";
import {
  applyName,
  type FileInode,
  type FolderInode,
  type Inode,
  type PendingName,
  withWrite,
} from "./inode.ts";

/** Inode of the disk's root folder, mounted at {@link mountPoint}. */
export const rootInode = 1;
/** Where the disk lies among the paths of the program under test. */
export const mountPoint = "/model-disk";

/** What {@link ModelDisk} tells of each call that changed it or made something durable. */
export type DiskEvent = `${string} ${string}`;

interface OpenFile {
  readonly node: Inode;
  readonly path: string;
}

/**
 * A disk under a file system that promises what POSIX does and nothing more: a write survives a
 * power cut once its file was synced, a name once its folder was. Until then each folder has kept
 * some prefix of the changes to its names, and each file any part of what was written to it.
 * Inode numbers are used again at once, as real file systems do.
 */
export class ModelDisk {
  readonly inodes = new Map<number, Inode>();
  /** Told after each change and each sync; throwing there ends the program's call. */
  onEvent: (event: DiskEvent) => void = () => {};
  readonly #open = new Map<number, OpenFile>();
  #lastNs: bigint;

  constructor(image?: DiskImage) {
    this.#lastNs = 0n;
    if (image === undefined) this.#makeRoot();
    else this.#load(image);
  }

  /** The inode at a path; undefined if a part of the path is missing. */
  find(path: string, syscall: string): Inode | undefined {
    let node: Inode | undefined = this.#node(rootInode);
    for (const part of partsOf(path)) {
      if (node.kind !== "folder") throw diskError("ENOTDIR", syscall, path);
      const ino = node.names.get(part);
      if (ino === undefined) return undefined;
      node = this.#node(ino);
    }
    return node;
  }

  at(path: string, syscall: string): Inode {
    const node = this.find(path, syscall);
    if (node === undefined) throw diskError("ENOENT", syscall, path);
    return node;
  }

  create(path: string, kind: Inode["kind"], mode: number): Inode {
    const { folder, name } = this.#place(path, kind === "file" ? "open" : "mkdir");
    if (folder.names.has(name)) throw diskError("EEXIST", kind === "file" ? "open" : "mkdir", path);
    const node = this.#makeInode(kind, mode);
    this.#change(folder, { kind: "add", name, ino: node.ino });
    node.links += 1;
    this.onEvent(`${kind === "file" ? "create" : "mkdir"} ${path}`);
    return node;
  }

  link(from: string, to: string): void {
    const node = this.at(from, "link");
    const { folder, name } = this.#place(to, "link");
    if (folder.names.has(name)) throw diskError("EEXIST", "link", to);
    this.#change(folder, { kind: "add", name, ino: node.ino });
    node.links += 1;
    node.ctimeNs = this.now();
    this.onEvent(`link ${to}`);
  }

  /** Within one folder only: a commit needs no other rename. */
  rename(from: string, to: string): void {
    const node = this.at(from, "rename");
    const source = this.#place(from, "rename");
    const target = this.#place(to, "rename");
    if (source.folder !== target.folder) throw new Error(`the model renames in one folder: ${to}`);
    const replaced = source.folder.names.get(target.name);
    const change = { kind: "rename", from: source.name, to: target.name, ino: node.ino } as const;
    this.#change(source.folder, change);
    node.ctimeNs = this.now();
    if (replaced !== undefined) this.#drop(this.#node(replaced));
    this.onEvent(`rename ${to}`);
  }

  remove(path: string, kind: Inode["kind"]): void {
    const syscall = kind === "file" ? "unlink" : "rmdir";
    const node = this.at(path, syscall);
    if (node.kind !== kind) throw diskError(kind === "file" ? "EISDIR" : "ENOTDIR", syscall, path);
    if (node.kind === "folder" && node.names.size > 0) throw diskError("ENOTEMPTY", syscall, path);
    const { folder, name } = this.#place(path, syscall);
    this.#change(folder, { kind: "remove", name });
    this.#drop(node);
    this.onEvent(`${syscall} ${path}`);
  }

  write(node: Inode, offset: number, bytes: Uint8Array): void {
    if (node.kind !== "file") throw diskError("EISDIR", "write", "");
    const write = { offset, bytes: Uint8Array.from(bytes) };
    node.data = withWrite(node.data, write);
    node.pending.push(write);
    node.mtimeNs = node.ctimeNs = this.now();
    this.onEvent(`write ${node.ino}`);
  }

  /** What is seen now survives from now on. */
  sync(node: Inode): void {
    if (node.kind === "file") node.durable = node.isLost ? node.durable : node.data;
    else node.durableNames = new Map(node.names);
    node.pending = [];
    if (node.kind === "folder") for (const other of this.inodes.values()) this.#forget(other);
    this.onEvent(`sync ${node.ino}`);
  }

  /** A sync failed: the pages count as clean from now on, and nothing brings them to the disk. */
  losePending(node: Inode): void {
    if (node.kind === "file") node.isLost = true;
  }

  openAt(path: string, node: Inode): number {
    node.openCount += 1;
    let fd = 1000;
    while (this.#open.has(fd)) fd += 1;
    this.#open.set(fd, { node, path });
    return fd;
  }

  opened(fd: number, syscall: string): OpenFile {
    const found = this.#open.get(fd);
    if (found === undefined) throw diskError("EBADF", syscall, String(fd));
    return found;
  }

  close(fd: number): void {
    const { node } = this.opened(fd, "close");
    this.#open.delete(fd);
    node.openCount -= 1;
    this.#forget(node);
  }

  /** Never the same twice, so that equal stamps mean equal content. */
  now(): bigint {
    const ns = BigInt(Date.now()) * 1_000_000n + 1n;
    this.#lastNs = ns > this.#lastNs ? ns : this.#lastNs + 1n;
    return this.#lastNs;
  }

  folders(): FolderInode[] {
    return [...this.inodes.values()].filter((node) => node.kind === "folder");
  }

  files(): FileInode[] {
    return [...this.inodes.values()].filter((node) => node.kind === "file");
  }

  #makeRoot(): void {
    const root = this.#makeInode("folder", 0o700);
    root.links = 1;
  }

  #load(image: DiskImage): void {
    for (const [ino, stored] of image.inodes) {
      const { mode, uid, gid, mtimeNs } = stored;
      const birthtimeNs = mtimeNs;
      const shared = { ino, mode, uid, gid, mtimeNs, ctimeNs: mtimeNs, birthtimeNs };
      const none = { links: 0, openCount: 0, pending: [] };
      if ("data" in stored) this.inodes.set(ino, storedFile(stored, { ...shared, ...none }));
      else {
        const names = new Map(stored.names);
        const durableNames = new Map(stored.names);
        this.inodes.set(ino, { kind: "folder", ...shared, ...none, names, durableNames });
      }
    }
    this.#node(rootInode).links = 1;
    for (const folder of this.folders()) {
      for (const ino of folder.names.values()) this.#node(ino).links += 1;
    }
  }

  #makeInode(kind: Inode["kind"], mode: number): Inode {
    let ino = rootInode;
    while (this.inodes.has(ino)) ino += 1;
    const now = this.now();
    const shared = { ino, mode, uid: 0, gid: 0, mtimeNs: now, ctimeNs: now, birthtimeNs: now };
    const none = { links: 0, openCount: 0 };
    const node: Inode =
      kind === "file"
        ? {
            kind,
            ...shared,
            ...none,
            data: nothing,
            durable: nothing,
            pending: [],
            isLost: false,
            isUnseen: false,
          }
        : { kind, ...shared, ...none, names: new Map(), durableNames: new Map(), pending: [] };
    this.inodes.set(ino, node);
    return node;
  }

  #node(ino: number): Inode {
    const node = this.inodes.get(ino);
    if (node === undefined) throw new Error(`the model disk has no inode ${ino}`);
    return node;
  }

  #place(path: string, syscall: string): { readonly folder: FolderInode; readonly name: string } {
    const cut = path.lastIndexOf("/");
    const folder = this.at(path.slice(0, cut), syscall);
    if (folder.kind !== "folder") throw diskError("ENOTDIR", syscall, path);
    return { folder, name: path.slice(cut + 1) };
  }

  #change(folder: FolderInode, change: PendingName): void {
    applyName(folder.names, change);
    folder.pending.push(change);
    folder.mtimeNs = folder.ctimeNs = this.now();
  }

  #drop(node: Inode): void {
    node.links -= 1;
    node.ctimeNs = this.now();
    this.#forget(node);
  }

  /** A number is free again when nobody sees it and no power cut could bring it back. */
  #forget(node: Inode): void {
    if (node.links > 0 || node.openCount > 0) return;
    const isDurable = this.folders().some(({ durableNames, pending }) =>
      [
        ...durableNames.values(),
        ...pending.map((change) => ("ino" in change ? change.ino : 0)),
      ].includes(node.ino),
    );
    if (!isDurable) this.inodes.delete(node.ino);
  }
}

const nothing = new Uint8Array();

/** Asks for the content that was stored when somebody looks at it, and not before. */
function storedFile(
  stored: { readonly data: Uint8Array },
  fields: Omit<FileInode, "kind" | "data" | "durable" | "isLost" | "isUnseen">,
): FileInode {
  let data: Uint8Array | undefined;
  let durable: Uint8Array | undefined;
  return {
    ...fields,
    kind: "file",
    isLost: false,
    get isUnseen() {
      return data === undefined;
    },
    get data() {
      return (data ??= stored.data);
    },
    set data(next) {
      data = next;
    },
    get durable() {
      return (durable ??= stored.data);
    },
    set durable(next) {
      durable = next;
    },
  };
}

function partsOf(path: string): string[] {
  if (path !== mountPoint && !path.startsWith(`${mountPoint}/`)) {
    throw new Error(`${path} is not on the model disk`);
  }
  return path
    .slice(mountPoint.length)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
}
