import { type FileVersion } from "./file-version.ts";

/** What a set of files held at one revision: never half of a commit. */
export interface StoreSnapshot {
  /** Number of the latest commit; 0 for files that the library never wrote. */
  readonly revision: number;
  /** Names that commit uniquely. */
  readonly token: string;
  /** By file name. A file that is not there has a version with `exists: false`. */
  readonly files: ReadonlyMap<string, FileVersion>;
}
