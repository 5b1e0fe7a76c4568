/** A write that no fsync has covered yet. */
export interface PendingWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A change to a folder's names that no fsync of the folder has covered yet. */
export type PendingName =
  | { readonly kind: "add"; readonly name: string; readonly ino: number }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string; readonly ino: number };

interface InodeFields {
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  /** Names that lead here, as every process sees them. */
  links: number;
  openCount: number;
}

/** A regular file: what processes see, and what is certain to survive a power cut. */
export interface FileInode extends InodeFields {
  readonly kind: "file";
  data: Uint8Array;
  durable: Uint8Array;
  /** Nobody has looked at the content that was stored: it may not have been chosen yet. */
  readonly isUnseen: boolean;
  /** A sync of it failed: what was written before is never made durable. */
  isLost: boolean;
  pending: PendingWrite[];
}

/** A folder: the names that processes see, and those that are certain to survive. */
export interface FolderInode extends InodeFields {
  readonly kind: "folder";
  names: Map<string, number>;
  durableNames: Map<string, number>;
  pending: PendingName[];
}

export type Inode = FileInode | FolderInode;

/** Takes a change into a folder's names. */
export function applyName(names: Map<string, number>, change: PendingName): void {
  if (change.kind === "add") names.set(change.name, change.ino);
  else if (change.kind === "remove") names.delete(change.name);
  else {
    names.delete(change.from);
    names.set(change.to, change.ino);
  }
}

/** Content with a write taken into it; zeros fill what lies between. */
export function withWrite(data: Uint8Array, { offset, bytes }: PendingWrite): Uint8Array {
  const next = new Uint8Array(Math.max(data.byteLength, offset + bytes.byteLength));
  next.set(data);
  next.set(bytes, offset);
  return next;
}
