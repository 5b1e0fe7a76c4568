/** What lies on a disk while no program runs. The content of a file may be a getter. */
export interface DiskImage {
  readonly inodes: ReadonlyMap<number, StoredInode>;
}

interface StoredFields {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
}

export type StoredInode = StoredFields &
  ({ readonly data: Uint8Array } | { readonly names: ReadonlyMap<string, number> });
