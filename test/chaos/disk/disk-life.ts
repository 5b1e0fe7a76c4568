import type { ModelDisk } from "./model-disk.ts";

/** The disk that the adapter's calls go to, and what they meet there. */
export interface DiskLife {
  disk: ModelDisk;
  /** Asked before each call by its name and path; what it throws is what the call fails with. */
  before: (syscall: string, path: string) => void;
}

/** Shared with the copies of the adapter that run on the disk. */
export const diskLife: { current: DiskLife | undefined } = { current: undefined };

/** The life that a call of the adapter belongs to. */
export function life(): DiskLife {
  if (diskLife.current === undefined) throw new Error("no model disk is mounted");
  return diskLife.current;
}
