import { closeSync, fstatSync, lstatSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  type CommitEntry,
  type CommitRecord,
  formatRecord,
  recentTokens,
} from "./commit-record.ts";
import { commitUnknown, fileError } from "./file-error.ts";
import { PinnedVersion } from "./file-version.ts";
import { settleAll, syncFolder } from "./folder-sync.ts";
import { folderOf } from "./file-name.ts";
import { type Head } from "./head.ts";
import { rollForward } from "./roll-forward.ts";
import { discardStaged, type FileChange, stageFile, type StagedFile } from "./staged-file.ts";
import { type StoreContext } from "./store-context.ts";
import { StoreConflict } from "./store-conflict.ts";

/** What a commit is made of. */
export interface CommitPlan {
  /** The commit that the work was based on; durable, applied, and retained by the caller. */
  readonly head: Head;
  /** Every version the work was based on: none may have changed. */
  readonly expected: readonly PinnedVersion[];
  readonly changes: readonly FileChange[];
  readonly signal: AbortSignal | undefined;
}

/** What a commit left: the record in force and the new versions of the changed files. */
export interface CommitResult {
  readonly record: CommitRecord;
  readonly versions: readonly PinnedVersion[];
}

/**
 * One attempt at one commit. Until the claim nothing has happened and everything is taken away
 * again; from the claim on it is in force and will be finished, by us or by a successor.
 */
export class CommitRun {
  readonly #context: StoreContext;
  readonly #plan: CommitPlan;
  readonly #staged: StagedFile[] = [];
  readonly #recordPath: string;
  readonly #token: string;
  #recordFile: FileHandle | undefined;

  constructor(context: StoreContext, plan: CommitPlan) {
    this.#context = context;
    this.#plan = plan;
    this.#token = context.writer.nextToken();
    this.#recordPath = join(context.paths.state, `.cutover-${this.#token}.tmp`);
  }

  /**
   * @throws StoreConflict when somebody else was first; StorageError DISK_FULL or IO_FAILED when
   *   nothing was changed, COMMIT_UNKNOWN at or after the claim; `signal.reason` before it
   */
  async run(): Promise<CommitResult> {
    const record = await this.#claim();
    try {
      await this.#context.pause("linked");
      this.#judge(record);
      await this.#finish(record);
    } catch (error) {
      if (error instanceof StoreConflict) {
        await this.#discard();
        throw error;
      }
      for (const { opened } of this.#staged) closeSync(opened.fd);
      await this.#closeHandles();
      throw commitUnknown(record.revision, this.#context.paths.root, error);
    }
    await this.#closeHandles();
    return { record, versions: this.#versions() };
  }

  /** Up to the link. Whatever fails, nothing is left. */
  async #claim(): Promise<CommitRecord> {
    try {
      await this.#context.pause("prepared");
      await this.#stage();
      const record = await this.#writeRecord();
      await this.#sync();
      this.#plan.signal?.throwIfAborted();
      this.#checkExpected();
      await this.#context.pause("before-claim");
      if (this.#context.log.link(this.#recordPath, record)) return record;
      throw new StoreConflict("revision");
    } catch (error) {
      await this.#discard();
      throw this.#failure(error);
    }
  }

  async #stage(): Promise<void> {
    const { writer } = this.#context;
    writer.announce(this.#plan.changes.map(({ base }) => base.file));
    for (const change of this.#plan.changes) {
      this.#plan.signal?.throwIfAborted();
      this.#staged.push(await stageFile(this.#context, change));
    }
    await this.#context.pause("temps-written");
  }

  async #writeRecord(): Promise<CommitRecord> {
    const { head } = this.#plan;
    const record: CommitRecord = {
      revision: head.revision + 1,
      token: this.#token,
      entries: this.#staged.map(({ entry }) => entry),
      recent: [head.token, ...head.record.recent].slice(0, recentTokens),
    };
    this.#recordFile = await open(this.#recordPath, "wx", 0o600);
    await this.#recordFile.writeFile(formatRecord(record));
    await this.#context.pause("record-written");
    return record;
  }

  /** Contents and names of all temp files, at once: the file system makes one journal commit. */
  async #sync(): Promise<void> {
    const { paths } = this.#context;
    const handles = [...this.#staged.map(({ handle }) => handle), this.#recordFile];
    const folders = new Set(this.#staged.map(({ entry }) => paths.data(folderOf(entry.file))));
    await settleAll([
      ...handles.map(async (handle) => handle?.sync()),
      ...[...folders].map((folder) => syncFolder(folder)),
    ]);
    await this.#context.pause("synced");
  }

  #checkExpected(): void {
    const { paths } = this.#context;
    const changed = this.#plan.expected.filter(
      (version) =>
        !version.is(lstatSync(paths.data(version.file), { bigint: true, throwIfNoEntry: false })),
    );
    if (changed.length === 0) return;
    throw new StoreConflict(
      "foreign",
      changed.map(({ file }) => file),
    );
  }

  /** A void claim counts as a conflict; only then, or without one, may the temp files go. */
  #judge(record: CommitRecord): void {
    const { log, paths } = this.#context;
    const ino = this.#recordFile && fstatSync(this.#recordFile.fd, { bigint: true }).ino;
    const outcome = log.judge(this.#plan.head, record);
    if (outcome === "unknown") throw commitUnknown(record.revision, paths.root, undefined);
    if (outcome === "won" || ino === undefined) return;
    log.withdraw(record, ino);
    throw new StoreConflict("revision");
  }

  async #finish(record: CommitRecord): Promise<void> {
    const { log } = this.#context;
    await this.#context.pause("claimed");
    const absent = await rollForward(this.#context, record);
    // Somebody else moved it for us, unless it was taken away by hand.
    const lost = absent.filter((entry) => !this.#isInPlace(entry));
    if (lost.length > 0 && log.head().revision === record.revision) {
      throw new Error(`temp file of ${lost.map(({ file }) => file).join(", ")} was taken away`);
    }
    log.prune(record.revision);
    await this.#context.pause("pruned");
  }

  #isInPlace({ file, ino }: CommitEntry): boolean {
    const path = this.#context.paths.data(file);
    return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino === ino;
  }

  #versions(): PinnedVersion[] {
    return this.#staged.map(({ entry, opened }) => PinnedVersion.of(entry.file, opened));
  }

  async #closeHandles(): Promise<void> {
    const handles = [...this.#staged.map(({ handle }) => handle), this.#recordFile];
    await settleAll(handles.map(async (handle) => handle?.close()));
    await rm(this.#recordPath, { force: true });
  }

  /** Takes everything away again. What cannot be removed is swept when this process has ended. */
  async #discard(): Promise<void> {
    await Promise.allSettled(this.#staged.map((staged) => discardStaged(this.#context, staged)));
    await Promise.allSettled([this.#recordFile?.close(), rm(this.#recordPath, { force: true })]);
  }

  #failure(error: unknown): unknown {
    const { signal } = this.#plan;
    const isAbort = signal?.aborted === true && error === signal.reason;
    if (isAbort || error instanceof StoreConflict) return error;
    return fileError("write to the folder", this.#context.paths.root, error);
  }
}
