import { closeSync, fstatSync, lstatSync, openSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type CommitEntry,
  type CommitRecord,
  formatRecord,
  recentTokens,
} from "./commit-record.ts";
import { commitUnknown, fileError } from "./file-error.ts";
import { PinnedVersion } from "./file-version.ts";
import { settleAll, syncFile, syncFolder } from "./folder-sync.ts";
import { type Head } from "./head.ts";
import { rollForward } from "./roll-forward.ts";
import { discardStaged, type FileChange, stageFile, type StagedFile } from "./staged-file.ts";
import { type StoreContext } from "./store-context.ts";
import { StoreConflict } from "./store-conflict.ts";
import { writeAll } from "./write-all.ts";

/** What a commit is made of. */
export interface CommitPlan {
  /** The commit that the work was based on; durable, applied, and retained by the caller. */
  readonly head: Head;
  /** Every version the work was based on: none may have changed. */
  readonly expected: readonly PinnedVersion[];
  readonly changes: readonly FileChange[];
  /** Folders whose names must be durable before the claim, besides those of the temp files. */
  readonly alsoSync: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Begins with the writing, and is waited for before the claim. */
  readonly permit: (() => Promise<boolean>) | undefined;
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
  #recordFd: number | undefined;

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
      const versions = this.#versions();
      this.#closeFiles(false);
      return { record, versions };
    } catch (error) {
      if (error instanceof StoreConflict) {
        this.#discard();
        throw error;
      }
      this.#closeFiles(true);
      throw commitUnknown(record.revision, this.#context.paths.root, error);
    }
  }

  /** Up to the link. Whatever fails, nothing is left. */
  async #claim(): Promise<CommitRecord> {
    try {
      await this.#context.pause("prepared");
      const permitted = this.#plan.permit?.();
      // Heard where it is waited for, unless the writing fails before.
      permitted?.catch(() => undefined);
      await this.#stage();
      const record = await this.#writeRecord();
      await this.#sync();
      if ((await permitted) === false) throw new StoreConflict("refused");
      this.#plan.signal?.throwIfAborted();
      this.#checkExpected();
      await this.#context.pause("before-claim");
      if (this.#context.log.link(this.#recordPath, record)) return record;
      throw new StoreConflict("revision");
    } catch (error) {
      this.#discard();
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
    this.#recordFd = openSync(this.#recordPath, "wx", 0o600);
    await writeAll(this.#recordFd, [Buffer.from(formatRecord(record))]);
    await this.#context.pause("record-written");
    return record;
  }

  /** Contents and names of all temp files, at once: the file system makes one journal commit. */
  async #sync(): Promise<void> {
    const { paths } = this.#context;
    const beside = this.#staged.map(({ entry }) => dirname(paths.data(entry.temp)));
    const folders = new Set([...beside, ...this.#plan.alsoSync]);
    await settleAll([
      ...this.#writeFds.map((fd) => syncFile(fd)),
      ...[...folders].map((folder) => syncFolder(folder)),
    ]);
    await this.#context.pause("synced");
  }

  #checkExpected(): void {
    const { log, paths } = this.#context;
    const changed = this.#plan.expected.filter(
      (version) =>
        !version.is(lstatSync(paths.data(version.file), { bigint: true, throwIfNoEntry: false })),
    );
    if (changed.length === 0) return;
    throw new StoreConflict(
      log.isFresh() ? "foreign" : "revision",
      changed.map(({ file }) => file),
    );
  }

  /** A void claim counts as a conflict; only then, or without one, may the temp files go. */
  #judge(record: CommitRecord): void {
    const { log, paths } = this.#context;
    const outcome = log.judge(this.#plan.head, record);
    // A commit in force is put in place before the next is claimed: what is left never was.
    const isVoid = outcome === "lost" || (outcome === "unknown" && this.#hasTemps());
    if (outcome === "unknown" && !isVoid)
      throw commitUnknown(record.revision, paths.root, undefined);
    if (!isVoid) return;
    const fd = this.#recordFd;
    if (fd !== undefined) log.withdraw(record, fstatSync(fd, { bigint: true }).ino);
    throw new StoreConflict("revision");
  }

  #hasTemps(): boolean {
    const { paths } = this.#context;
    return this.#staged.some(
      ({ entry }) => lstatSync(paths.data(entry.temp), { throwIfNoEntry: false }) !== undefined,
    );
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
    return this.#staged.map(({ entry, opened }) =>
      PinnedVersion.of(entry.file, opened, this.#context.closer),
    );
  }

  get #writeFds(): number[] {
    const fds = this.#staged.map(({ fd }) => fd);
    return this.#recordFd === undefined ? fds : [...fds, this.#recordFd];
  }

  /** Ends the writing; the read-only descriptors live on as pins unless `andPins`. */
  #closeFiles(andPins: boolean): void {
    for (const fd of this.#writeFds) closeSync(fd);
    for (const { opened } of this.#staged) if (andPins) closeSync(opened.fd);
    try {
      rmSync(this.#recordPath, { force: true });
    } catch {
      // The commit's fate does not hang on it: it is swept when this process has ended.
    }
  }

  /** Takes everything away again. What cannot be removed is swept when this process has ended. */
  #discard(): void {
    try {
      for (const staged of this.#staged) discardStaged(this.#context, staged);
    } finally {
      this.#closeFiles(true);
    }
  }

  #failure(error: unknown): unknown {
    const { signal } = this.#plan;
    const isAbort = signal?.aborted === true && error === signal.reason;
    if (isAbort || error instanceof StoreConflict) return error;
    return fileError("write to the folder", this.#context.paths.root, error);
  }
}
