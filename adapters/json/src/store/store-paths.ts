import { dirname, join } from "node:path";
import { stateFolder } from "./file-name.ts";

/** Where everything lies. All absolute. */
export class StorePaths {
  readonly root: string;
  /** `.cutover/json`: records being written, the lock. */
  readonly state: string;
  /** Claimed commit records, one per revision; nothing else, so its mtime changes with claims. */
  readonly commits: string;
  /** One file per store that may have left temp files, naming the folders to look in. */
  readonly writers: string;
  readonly lock: string;

  constructor(root: string) {
    this.root = root;
    this.state = join(root, stateFolder);
    this.commits = join(this.state, "commits");
    this.writers = join(this.state, "writers");
    this.lock = join(this.state, "lock");
  }

  /** {@link commits} and the folders around it, from the inside out. */
  get wayToCommits(): readonly string[] {
    return [this.commits, this.state, dirname(this.state), this.root];
  }

  data(file: string): string {
    return `${this.root}/${file}`;
  }

  commit(revision: number): string {
    return `${this.commits}/commit-${revision}`;
  }
}

/** @returns the revision in a name that {@link StorePaths.commit} made, or undefined */
export function revisionOf(name: string): number | undefined {
  const digits = /^commit-(0|[1-9]\d{0,15})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
