import type { MaybePromise } from "../backend/storage-driver.ts";
import type { JsonValue } from "../values/json.ts";
import type { DirtyCount, DirtyMark, MarkTarget, NewMark, SettledWrite } from "./dirty-mark.ts";

/** How a lock is held: by any number of holders at once, or by one alone. */
export type LockMode = "shared" | "exclusive";

/** How long to wait for a lock, and what ends the waiting sooner. */
export interface LockOptions {
  /** LOCK_TIMEOUT after so many milliseconds; 0 tries once. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A lock that is held. The operating system frees it when its holder dies. */
export interface ControlLock {
  /** Gives the lock back; again does nothing. Never throws. */
  release(): void;
  /**
   * True once it is known that somebody else may have the lock, though it was not released: what
   * held it was lost. Left out where that cannot happen while the process lives.
   */
  isLost?(): boolean;
}

/** A durable document under a name, changed by compare-and-set. */
export interface ControlRecord {
  readonly name: string;
  /** 1 when it is made, one more with every change. */
  readonly revision: number;
  readonly value: JsonValue;
}

/** What a record is to become. */
export interface RecordChange {
  readonly name: string;
  /** The revision it was read at; 0 for one that must not be there. */
  readonly revision: number;
  readonly value: JsonValue;
}

/** Who did what, and why. */
export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Such as `switch`, `reverse`, `verify`. */
  readonly action: string;
  readonly unit: string;
  /** `operator`, `automatic`, or a name that the operator gave. */
  readonly actor: string;
  /** What else is to be known; no record values. */
  readonly details: JsonValue;
}

/** An audit entry with its number; numbers grow by one. */
export interface AuditRow extends AuditEntry {
  readonly number: number;
}

/** A note under a topic: what is worth keeping and decides nothing by itself. */
export interface Note {
  readonly key: string;
  readonly value: JsonValue;
}

/**
 * Where a cutover keeps what decides: the records of its units, the marks of keys that may differ
 * between both stores, who did what, and the locks that writers and operators meet at. It never
 * lies inside a store that is being moved.
 *
 * Everything a promise was kept for is durable; {@link settle}, {@link clear} and notes may be lost
 * with the machine's power, which only costs repairs.
 */
export interface ControlStore extends AsyncDisposable {
  /** Where it lies; undefined when nowhere. */
  readonly location: string | undefined;
  /** Several processes may use it at once. */
  readonly multiProcess: boolean;

  /** Opens it, making it where it is missing. Again does nothing. @throws StorageError FORMAT_TOO_NEW, IO_FAILED, CORRUPT_DATA */
  open(): Promise<void>;
  /** Made with the store and never changed: tells it from any other, and from a copy made anew. */
  incarnation(): MaybePromise<string>;

  /**
   * A number that is another one after every {@link commit} of any process; undefined while a
   * commit is under way, or when its process died in it. Cheap: it is asked around every read.
   */
  generation(): MaybePromise<number | undefined>;
  /** All records, as the last commit left them. */
  records(): MaybePromise<readonly ControlRecord[]>;
  /**
   * Changes records and adds to the audit: all or nothing, durable.
   * @throws StorageError VERSION_CONFLICT, having changed nothing, when a record is of another revision
   */
  commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void>;
  /** The newest audit rows, newest first. */
  audit(limit: number): MaybePromise<readonly AuditRow[]>;

  /**
   * Waits for a lock. Who waits for an exclusive one is not overtaken by newcomers; nobody holds it
   * together with it. The same process may hold several.
   * @throws StorageError LOCK_TIMEOUT; the signal's reason
   */
  lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock>;

  /**
   * Marks what a write is about to change, durably, before it does. Concurrent calls may share one
   * commit.
   * @returns the mark's number, to settle it with
   */
  mark(unit: string, targets: readonly MarkTarget[]): Promise<number>;
  /** Says that the write behind a mark has ended, well or badly, and what it was found to have done. */
  settle(unit: string, write: SettledWrite): Promise<void>;
  /** Marks what nobody is writing, durably: findings to be repaired. */
  markSettled(unit: string, marks: readonly NewMark[]): Promise<void>;
  /** Marks of a unit, oldest first, at most `limit` of them. */
  marks(unit: string, limit: number): MaybePromise<readonly DirtyMark[]>;
  count(unit: string): MaybePromise<DirtyCount>;
  /** Removes those of the marks that are still of the same number and have no writer. */
  clear(unit: string, marks: readonly DirtyMark[]): Promise<void>;
  /**
   * Takes the marks of writers that died for settled, with everything they may have done. Call it
   * only with the unit's lock held exclusively, when no writer can be at work.
   * @returns how many there were
   */
  settleOrphans(unit: string): Promise<number>;

  /** The notes of a topic, oldest first. */
  notes(topic: string, limit?: number): MaybePromise<readonly Note[]>;
  /** Writes a note, or removes it with `undefined`. */
  note(topic: string, key: string, value: JsonValue | undefined): Promise<void>;

  /** Bytes on disk. */
  sizeBytes(): MaybePromise<number>;
  /** Writes a copy to a path that does not exist. @throws StorageError NOT_SUPPORTED */
  backup(destination: string): Promise<void>;
  close(): Promise<void>;
}
