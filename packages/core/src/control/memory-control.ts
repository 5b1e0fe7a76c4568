import { StorageError } from "../errors/storage-error.ts";
import type { JsonValue } from "../values/json.ts";
import { cloneValue } from "../values/normalise.ts";
import type {
  AuditEntry,
  AuditRow,
  ControlLock,
  ControlRecord,
  ControlStore,
  LockMode,
  LockOptions,
  Note,
  RecordChange,
} from "./control-store.ts";
import type { DirtyCount, DirtyMark, MarkTarget, NewMark, SettledWrite } from "./dirty-mark.ts";
import { MemoryLocks } from "./memory-locks.ts";
import { MemoryMarks } from "./memory-marks.ts";

/** What {@link memoryControl} accepts. */
export interface MemoryControlOptions {
  /** The present, in milliseconds since 1970, for the age of marks. Default: `Date.now`. */
  readonly clock?: () => number;
}

/**
 * A control store in this process's memory: the executable specification, and a quick stand-in for
 * tests. What it holds is gone when it is closed.
 */
export function memoryControl(options: MemoryControlOptions = {}): ControlStore {
  return new MemoryControl(options.clock ?? Date.now);
}

type State = "new" | "open" | "closed";

class MemoryControl implements ControlStore {
  readonly location = undefined;
  readonly multiProcess = false;
  private readonly nowMs: () => number;
  private readonly id = crypto.randomUUID();
  private readonly locks = new MemoryLocks();
  private readonly units = new Map<string, MemoryMarks>();
  private readonly topics = new Map<string, Map<string, JsonValue>>();
  private readonly rows: AuditRow[] = [];
  private byName: ReadonlyMap<string, ControlRecord> = new Map();
  private commits = 1;
  private lastMark = 0;
  private state: State = "new";

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  private check(): void {
    if (this.state !== "open") throw this.unavailable();
  }

  private unavailable(): StorageError {
    const what = this.state === "new" ? "is not open; open() it first" : "has been closed";
    return new StorageError("BACKEND_CLOSED", `the control store in memory ${what}`);
  }

  async open(): Promise<void> {
    if (this.state === "closed") throw this.unavailable();
    this.state = "open";
  }

  incarnation(): string {
    this.check();
    return this.id;
  }

  generation(): number {
    this.check();
    return this.commits;
  }

  records(): readonly ControlRecord[] {
    this.check();
    return [...this.byName.values()]
      .map((record) => ({ ...record, value: cloneValue(record.value) }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  async commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void> {
    this.check();
    const next = new Map(this.byName);
    for (const { name, revision, value } of changes) {
      const found = next.get(name)?.revision ?? 0;
      if (found !== revision) throw conflict(name, revision, found);
      next.set(name, { name, revision: revision + 1, value: cloneValue(value) });
    }
    this.byName = next;
    for (const entry of audit) {
      const details = cloneValue(entry.details);
      this.rows.push({ ...entry, details, number: this.rows.length + 1 });
    }
    this.commits++;
  }

  audit(limit: number): readonly AuditRow[] {
    this.check();
    const newest = this.rows.toReversed().slice(0, limit);
    return newest.map((row) => ({ ...row, details: cloneValue(row.details) }));
  }

  async lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    this.check();
    return this.locks.lock(name, mode, options);
  }

  private marksOf(unit: string): MemoryMarks {
    this.check();
    let marks = this.units.get(unit);
    if (marks === undefined) {
      marks = new MemoryMarks();
      this.units.set(unit, marks);
    }
    return marks;
  }

  async mark(unit: string, targets: readonly MarkTarget[]): Promise<number> {
    const number = ++this.lastMark;
    this.marksOf(unit).mark(targets, number, this.nowMs());
    return number;
  }

  async settle(unit: string, write: SettledWrite): Promise<void> {
    this.marksOf(unit).settle(write);
  }

  async markSettled(unit: string, marks: readonly NewMark[]): Promise<void> {
    this.marksOf(unit).markSettled(marks, ++this.lastMark, this.nowMs());
  }

  marks(unit: string, limit: number): readonly DirtyMark[] {
    return this.marksOf(unit).list(limit);
  }

  count(unit: string): DirtyCount {
    return this.marksOf(unit).count();
  }

  async clear(unit: string, marks: readonly DirtyMark[]): Promise<void> {
    this.marksOf(unit).clear(marks);
  }

  async settleOrphans(unit: string): Promise<number> {
    return this.marksOf(unit).settleOrphans();
  }

  notes(topic: string, limit: number = Infinity): readonly Note[] {
    this.check();
    const notes = [...(this.topics.get(topic) ?? [])].slice(0, limit);
    return notes.map(([key, value]) => ({ key, value: cloneValue(value) }));
  }

  async note(topic: string, key: string, value: JsonValue | undefined): Promise<void> {
    this.check();
    const notes = this.topics.get(topic) ?? new Map<string, JsonValue>();
    this.topics.set(topic, notes);
    if (value === undefined) notes.delete(key);
    else notes.set(key, cloneValue(value));
  }

  sizeBytes(): number {
    this.check();
    return 0;
  }

  async backup(): Promise<void> {
    this.check();
    throw new StorageError("NOT_SUPPORTED", "a control store in memory has no backup");
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.locks.turnAway(this.unavailable());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function conflict(name: string, expected: number, found: number): StorageError {
  return new StorageError(
    "VERSION_CONFLICT",
    `the control record "${name}" is of revision ${found}, not ${expected}: somebody else changed it; ` +
      "read it again and decide again",
    { currentVersion: String(found) },
  );
}
