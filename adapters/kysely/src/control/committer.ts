import type { AuditEntry, ControlLock, RecordChange } from "@cutover/core";
import type { NativeSession } from "../sqlite/native-session.ts";
import type { GenerationFile } from "./generation-file.ts";
import type { LockFolder } from "./lock-folder.ts";
import type { RecordTable } from "./record-table.ts";
import { transactNow, whenFree } from "./transact.ts";

/** The two moments at which a commit that dies leaves an odd generation. */
export type CommitStep = "before-commit" | "after-commit";

/** What a {@link Committer} works with. */
export interface CommitterParts {
  readonly session: NativeSession;
  readonly records: RecordTable;
  readonly generation: GenerationFile;
  readonly locks: LockFolder;
  /** Throws when the store may no longer be written to. */
  readonly check: () => void;
  /** Called at each step; for tests that end the process there. */
  readonly pause: (step: CommitStep) => void;
}

/** No user of the store has a name for it. */
const commitLock = "\0commit";
/** How long a commit waits for those of others, in milliseconds. */
const patienceMs = 10_000;

/** Commits records one after the other, and keeps the generation file in step with them. */
export class Committer {
  private readonly parts: CommitterParts;
  private readonly working = new Set<Promise<void>>();
  private mending: Promise<void> | undefined;

  constructor(parts: CommitterParts) {
    this.parts = parts;
  }

  private lock(timeoutMs: number): Promise<ControlLock> {
    return this.parts.locks.lock(commitLock, "exclusive", { timeoutMs });
  }

  /** @throws StorageError VERSION_CONFLICT, having changed nothing */
  async commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void> {
    const work = this.commitLocked(changes, audit);
    this.working.add(work);
    try {
      await work;
    } finally {
      this.working.delete(work);
    }
  }

  /** Resolves when no commit is under way in this process. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.working, this.mending]);
  }

  private async commitLocked(
    changes: readonly RecordChange[],
    audit: readonly AuditEntry[],
  ): Promise<void> {
    const { session, check, generation, pause } = this.parts;
    // The database's own lock ends before the file is in step: another commit must not begin there.
    const lock = await this.lock(patienceMs);
    try {
      check();
      const reached = await whenFree(() => transactNow(session, () => this.write(changes, audit)));
      pause("after-commit");
      generation.end(reached);
    } catch (error) {
      this.tryPutInStep();
      throw error;
    } finally {
      lock.release();
    }
  }

  private write(changes: readonly RecordChange[], audit: readonly AuditEntry[]): number {
    const { records, generation, pause } = this.parts;
    const reached = records.commit(changes, audit);
    generation.begin(reached);
    pause("before-commit");
    return reached;
  }

  /** Only with the commit lock held: an odd number is then one that somebody left behind. */
  private putInStep(): void {
    const { records, generation } = this.parts;
    const truth = records.generation();
    if (generation.read() !== truth) generation.end(truth);
  }

  private tryPutInStep(): void {
    try {
      this.putInStep();
    } catch {
      // What made the commit fail may be in the way here too; whoever comes next mends it.
    }
  }

  /** Begins to mend if nobody is committing at this moment. */
  mendSoon(): void {
    this.mending ??= this.mendOnce();
  }

  private async mendOnce(): Promise<void> {
    try {
      await this.mend(0);
    } catch {
      // Somebody is at it, or whoever opens or commits next will say what is wrong.
    } finally {
      this.mending = undefined;
    }
  }

  /** Mends what a commit that died, or a power cut, left behind. */
  async mend(timeoutMs: number = patienceMs): Promise<void> {
    const { records, generation } = this.parts;
    if (generation.read() === (await whenFree(() => records.generation()))) return;
    const lock = await this.lock(timeoutMs);
    try {
      await whenFree(() => this.putInStep());
    } finally {
      lock.release();
    }
  }
}
