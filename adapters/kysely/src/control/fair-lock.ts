import {
  StorageError,
  TurnQueue,
  type ControlLock,
  type LockMode,
  type LockOptions,
} from "@cutover/core";
import { LockFile } from "./lock-file.ts";
import { LockPatience } from "./lock-patience.ts";

interface Files {
  /** To see whether somebody waits for the exclusive lock. */
  readonly gate: LockFile;
  /** To be seen waiting for it. */
  readonly barrier: LockFile;
  readonly shared: LockFile;
}

/**
 * A lock between processes, shared or exclusive. Two files: `gate` is held exclusively by who
 * waits for the exclusive lock, and everybody looks there first; so newcomers cannot pass who
 * waits. `lock` is what it is all about. Waiting is asking again every few milliseconds.
 */
export class FairLock {
  private readonly name: string;
  private readonly path: string;
  private files: Files | undefined;
  private opening: Promise<Files> | undefined;
  private readonly idle: LockFile[] = [];
  private readonly held = new Set<LockFile>();
  private readonly sharedTurns = new TurnQueue();
  private readonly exclusiveTurns = new TurnQueue();
  private sharing = 0;
  private closed = false;

  constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
  }

  /** @throws StorageError LOCK_TIMEOUT; the signal's reason */
  async lock(mode: LockMode, options: LockOptions): Promise<ControlLock> {
    options.signal?.throwIfAborted();
    const files = this.files ?? (await this.open());
    if (mode === "shared" && this.tryShared(files)) return this.sharedHolding(files);
    const patience = new LockPatience(this.name, mode, options);
    const turns = mode === "shared" ? this.sharedTurns : this.exclusiveTurns;
    const endTurn = await patience.turn(turns);
    try {
      if (mode === "exclusive") return await this.lockExclusive(files, patience);
      await patience.until(() => this.tryShared(files));
      return this.sharedHolding(files);
    } finally {
      endTurn();
    }
  }

  private async open(): Promise<Files> {
    this.opening ??= this.openFiles();
    try {
      return await this.opening;
    } finally {
      this.opening = undefined;
    }
  }

  private async openFiles(): Promise<Files> {
    const { path } = this;
    const opened: LockFile[] = [];
    try {
      const gate = await openInto(opened, `${path}.gate`);
      const barrier = await openInto(opened, `${path}.gate`);
      const shared = await openInto(opened, `${path}.lock`);
      if (this.closed) throw closedError(this.name);
      this.files = { gate, barrier, shared };
      return this.files;
    } catch (error) {
      for (const file of opened) file.close();
      throw error;
    }
  }

  private tryShared({ gate, shared }: Files): boolean {
    if (this.closed) throw closedError(this.name);
    // Every newcomer looks, though this process may hold the lock: else its own could go on
    // joining for ever while somebody elsewhere waits.
    if (!gate.isFree()) return false;
    if (this.sharing === 0 && !shared.tryShared()) return false;
    this.sharing++;
    return true;
  }

  private sharedHolding({ shared }: Files): ControlLock {
    return holding(() => {
      this.sharing--;
      if (this.sharing === 0 && !this.closed) shared.release();
    });
  }

  private async lockExclusive({ barrier }: Files, patience: LockPatience): Promise<ControlLock> {
    const file = this.idle.pop() ?? (await LockFile.open(`${this.path}.lock`));
    this.held.add(file);
    try {
      await patience.until(() => this.tryExclusive(barrier));
      await patience.until(() => this.tryExclusive(file));
    } catch (error) {
      this.putBack(file);
      throw error;
    } finally {
      if (!this.closed) barrier.release();
    }
    return holding(() => this.putBack(file));
  }

  private tryExclusive(file: LockFile): boolean {
    if (this.closed) throw closedError(this.name);
    return file.tryExclusive();
  }

  private putBack(file: LockFile): void {
    if (!this.held.delete(file)) return;
    if (this.closed) {
      file.close();
      return;
    }
    file.release();
    this.idle.push(file);
  }

  /** Gives everything back. */
  close(): void {
    this.closed = true;
    const { gate, barrier, shared } = this.files ?? {};
    for (const file of [gate, barrier, shared, ...this.idle, ...this.held]) file?.close();
    this.held.clear();
  }
}

async function openInto(opened: LockFile[], path: string): Promise<LockFile> {
  const file = await LockFile.open(path);
  opened.push(file);
  return file;
}

function holding(giveBack: () => void): ControlLock {
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      giveBack();
    },
  };
}

function closedError(name: string): StorageError {
  return new StorageError(
    "BACKEND_CLOSED",
    `the control store was closed while "${name}" was waited for`,
  );
}
