import { lstatSync } from "node:fs";
import { StorageError } from "@cutover/core";
import { type FileIdentity, openDataFile } from "./data-file.ts";
import { fileError } from "./file-error.ts";
import { type FileVersion, PinnedVersion } from "./file-version.ts";
import { type Head } from "./head.ts";
import { type StoreSnapshot } from "./snapshot.ts";
import { type StoreContext } from "./store-context.ts";

/** Far more changes than can happen while a handful of files is looked at. */
const mostTries = 1000;
/** How long an fstat may stand for a look at the path, so that an exchanged folder is noticed. */
const trustMs = 5;

/** The versions that this process knows, one pinned per file. */
export class VersionTable {
  readonly #context: StoreContext;
  readonly #known = new Map<string, PinnedVersion>();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** All files at one revision: looked at again until no commit came in between. */
  snapshot(files: Iterable<string>): StoreSnapshot {
    const names = [...files];
    const { log, paths } = this.#context;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const head = log.head();
      const { revision, token } = head;
      const versions = new Map<string, FileVersion>();
      for (const name of names) versions.set(name, this.#look(head, name));
      if (log.isFresh()) return { revision, token, files: versions };
    }
    throw new StorageError("IO_FAILED", `the files of ${paths.root} never stood still to be read`, {
      backend: "json",
      operation: "read",
    });
  }

  /** True while this is the version last seen of its file and the file is still that. */
  isCurrent(version: FileVersion | undefined): boolean {
    const known = version && this.#known.get(version.file);
    if (known === undefined || known !== version) return false;
    const { log } = this.#context;
    const head = log.head();
    const { look } = known;
    if (look?.head === head && performance.now() - look.at < trustMs && known.isUntouched()) {
      return true;
    }
    return this.#isStill(head, known) && log.isFresh();
  }

  /** The pinned form of a version handed out; undefined once it was superseded. */
  pinned(version: FileVersion): PinnedVersion | undefined {
    const known = this.#known.get(version.file);
    return known === version ? known : undefined;
  }

  /** Takes over the version that a commit wrote, unless a reader has found it already. */
  adopt(written: PinnedVersion): PinnedVersion {
    const known = this.#known.get(written.file);
    if (known?.is(written.identity) === true) {
      written.retire();
      return known;
    }
    return this.#replace(written);
  }

  close(): void {
    for (const version of this.#known.values()) version.retire();
    this.#known.clear();
  }

  #look(head: Head, file: string): PinnedVersion {
    const known = this.#known.get(file);
    if (known !== undefined && this.#isStill(head, known)) return known;
    for (let tries = 0; tries < mostTries; tries += 1) {
      const opened = openDataFile(this.#locate(head, file));
      const found = PinnedVersion.of(file, opened, this.#context.closer);
      // Between open and this look it may have been replaced: then its inode proves nothing.
      if (this.#isStill(head, found)) return this.#replace(found);
      found.retire();
    }
    throw new StorageError("IO_FAILED", `${file} never stood still to be read`, {
      backend: "json",
      operation: "read",
    });
  }

  #replace(version: PinnedVersion): PinnedVersion {
    this.#known.get(version.file)?.retire();
    this.#known.set(version.file, version);
    return version;
  }

  #isStill(head: Head, version: PinnedVersion): boolean {
    // Noted before the path is looked at, so that whatever happens after shows.
    version.remember();
    const at = performance.now();
    if (!version.is(identityAt(this.#locate(head, version.file)))) return false;
    version.look = { at, head };
    return true;
  }

  /** Where a file's content lies: in its temp file while its latest commit is not applied. */
  #locate(head: Head, file: string): string {
    const { paths } = this.#context;
    const target = paths.data(file);
    const entry = head.isPending ? head.entryOf(file) : undefined;
    if (entry === undefined) return target;
    const temp = paths.data(entry.temp);
    return identityAt(temp) === undefined ? target : temp;
  }
}

function identityAt(path: string): FileIdentity | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw fileError("look at", path, error);
  }
}
