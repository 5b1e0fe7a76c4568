import { StorageError } from "@cutover/core";
import { type AcquireOptions, type FileLock, type HeldLock } from "../lock/file-lock.ts";
import { CommitRun } from "./commit-run.ts";
import { fileError } from "./file-error.ts";
import { checkFileName } from "./file-name.ts";
import { type CommitOptions, type FileContents, type FileStore } from "./file-store.ts";
import { type FileVersion, type PinnedVersion } from "./file-version.ts";
import { type Head } from "./head.ts";
import { finishHead, foldersOf } from "./roll-forward.ts";
import { type StoreSnapshot } from "./snapshot.ts";
import { type FileChange } from "./staged-file.ts";
import { makeStateFolder } from "./state-folder.ts";
import { type StoreContext } from "./store-context.ts";
import { StoreConflict } from "./store-conflict.ts";
import { sweepDeadWriters } from "./sweep.ts";
import { VersionTable } from "./version-table.ts";

/** A foreign writer that rewrites a file this often while it is read never stops. */
const mostReads = 100;

/** {@link FileStore} over one folder of the local file system. */
export class OpenStore implements FileStore {
  readonly #context: StoreContext;
  readonly #lock: FileLock;
  readonly #lockTimeoutMs: number;
  readonly #versions: VersionTable;
  readonly #checkedNames = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();
  /** Token of the latest commit that this process knows to be durable and in place. */
  #finished = "";
  #isClosed = false;

  constructor(context: StoreContext, lock: FileLock, lockTimeoutMs: number) {
    this.#context = context;
    this.#lock = lock;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#versions = new VersionTable(context);
  }

  get root(): string {
    return this.#context.paths.root;
  }

  get lastToken(): string | undefined {
    return this.#context.log.lastToken;
  }

  snapshot(files: Iterable<string>): StoreSnapshot {
    this.#assertOpen();
    const names = [...files];
    for (const name of names) this.#checkName(name);
    return this.#versions.snapshot(names);
  }

  isCurrent(version: FileVersion): boolean {
    return !this.#isClosed && this.#versions.isCurrent(version);
  }

  async load(version: FileVersion, range?: { offset: number; length: number }): Promise<Buffer> {
    this.#assertOpen();
    const pinned = this.#versions.pinned(version);
    if (pinned === undefined) throw new StoreConflict("superseded", [version.file]);
    this.#checkSize(version.file, version.sizeBytes);
    return pinned.read(range?.offset ?? 0, range?.length ?? version.sizeBytes);
  }

  async read(files: Iterable<string>): Promise<FileContents> {
    const names = [...files];
    for (let reads = 1; ; reads += 1) {
      const snapshot = this.snapshot(names);
      try {
        const bytes = new Map<string, Buffer>();
        for (const version of snapshot.files.values()) {
          if (version.exists) bytes.set(version.file, await this.load(version));
        }
        return { snapshot, bytes };
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        if (reads >= mostReads) throw fileError("read a still version of", this.root, error);
      }
    }
  }

  async commit(
    base: StoreSnapshot,
    changes: ReadonlyMap<string, readonly Uint8Array[]>,
    options: CommitOptions = {},
  ): Promise<StoreSnapshot> {
    this.#assertOpen();
    options.signal?.throwIfAborted();
    return this.#track(this.#commit(base, changes, options));
  }

  async withLock<T>(
    work: (held: HeldLock) => Promise<T>,
    options: Partial<AcquireOptions> = {},
  ): Promise<T> {
    this.#assertOpen();
    await this.#prepare();
    const timeoutMs = options.timeoutMs ?? this.#lockTimeoutMs;
    const held = await this.#lock.acquire({ timeoutMs, signal: options.signal });
    try {
      await sweepDeadWriters(this.#context, { alsoUnknown: false });
      return await work(held);
    } finally {
      await held.release();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
    this.#versions.close();
    await this.#context.closer.idle();
    this.#context.log.close();
    this.#context.writer.leave();
  }

  async #commit(
    base: StoreSnapshot,
    changes: ReadonlyMap<string, readonly Uint8Array[]>,
    { signal, permit }: CommitOptions,
  ): Promise<StoreSnapshot> {
    const planned = this.#planChanges(base, changes);
    await this.#prepare();
    const head = this.#context.log.head().retain();
    try {
      if (head.token !== base.token) throw new StoreConflict("revision");
      const alsoSync = await this.#finishOnce(head);
      const expected = this.#pinned(base);
      const plan = { head, expected, changes: planned, alsoSync, signal, permit };
      const run = new CommitRun(this.#context, plan);
      const { record, versions } = await run.run();
      this.#finished = record.token;
      const files = new Map(base.files);
      for (const version of versions) files.set(version.file, this.#versions.adopt(version));
      return { revision: record.revision, token: record.token, files };
    } finally {
      head.release();
    }
  }

  /** State folder and revision 0 are there; looked at once, and again if they were removed. */
  async #prepare(): Promise<void> {
    if (this.#context.log.head().ino !== undefined && this.#finished !== "") return;
    this.#context.writer.reset();
    await makeStateFolder(this.#context);
    if (this.#finished === "") this.#finished = "none";
  }

  /** @returns the folders to sync before the claim: another process may not have come to it */
  async #finishOnce(head: Head): Promise<readonly string[]> {
    if (head.token === this.#finished) return [];
    const wasPending = await finishHead(this.#context, head);
    if (!wasPending) return foldersOf(this.#context, head.record);
    this.#finished = head.token;
    return [];
  }

  #planChanges(
    base: StoreSnapshot,
    changes: ReadonlyMap<string, readonly Uint8Array[]>,
  ): FileChange[] {
    return [...changes].map(([file, content]) => {
      const version = base.files.get(file);
      if (version === undefined) throw notInBase(file);
      this.#checkSize(
        file,
        content.reduce((sum, part) => sum + part.byteLength, 0),
      );
      return { base: this.#pinnedOrConflict(version), content };
    });
  }

  #pinned(base: StoreSnapshot): PinnedVersion[] {
    return [...base.files.values()].map((version) => this.#pinnedOrConflict(version));
  }

  #pinnedOrConflict(version: FileVersion): PinnedVersion {
    const pinned = this.#versions.pinned(version);
    if (pinned === undefined) throw new StoreConflict("superseded", [version.file]);
    return pinned;
  }

  #checkName(name: string): void {
    if (this.#checkedNames.has(name)) return;
    checkFileName(name);
    this.#checkedNames.add(name);
  }

  #checkSize(file: string, sizeBytes: number): void {
    const { maxFileBytes } = this.#context;
    if (sizeBytes <= maxFileBytes) return;
    throw new StorageError(
      "IO_FAILED",
      `${file} has ${sizeBytes} bytes, the limit is ${maxFileBytes}; nothing was changed, raise maxFileBytes or move the collection to a database`,
      { backend: "json" },
    );
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new StorageError("BACKEND_CLOSED", `the store of ${this.root} is closed; open it again`, {
      backend: "json",
    });
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const done = (): void => {
      this.#underWay.delete(work);
    };
    work.then(done, done);
    return work;
  }
}

function notInBase(file: string): StorageError {
  return new StorageError(
    "CONFIG_INVALID",
    `${file} is to be changed but is not in the snapshot that the commit is based on; name it in snapshot()`,
    { backend: "json", operation: "commit" },
  );
}
