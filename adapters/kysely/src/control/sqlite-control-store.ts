import {
  StorageError,
  type AuditEntry,
  type AuditRow,
  type ControlLock,
  type ControlRecord,
  type ControlStore,
  type DirtyCount,
  type DirtyMark,
  type JsonValue,
  type LockMode,
  type LockOptions,
  type MarkTarget,
  type MaybePromise,
  type NewMark,
  type Note,
  type RecordChange,
  type SettledWrite,
} from "@cutover/core";
import { Patience } from "../driver/patience.ts";
import { isBusy } from "../sqlite/sqlite-error.ts";
import type { CommitStep } from "./committer.ts";
import { bytesOf, placesFor, type ControlPlaces } from "./control-files.ts";
import { OpenControl } from "./open-control.ts";

/** What a {@link SqliteControlStore} is made of. */
export interface SqliteControlParts {
  readonly path: string;
  readonly nowMs: () => number;
  readonly pause: (step: CommitStep) => void;
}

/** A control store in a SQLite database; see `sqliteControl`. */
export class SqliteControlStore implements ControlStore {
  readonly multiProcess = true;
  private readonly parts: SqliteControlParts;
  private readonly places: ControlPlaces;
  private readonly patience = new Patience(isBusy);
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private control: OpenControl | undefined;

  constructor(parts: SqliteControlParts) {
    this.parts = parts;
    this.places = placesFor(parts.path);
  }

  get location(): string {
    return this.places.database;
  }

  private get opened(): OpenControl {
    if (this.control !== undefined && this.closing === undefined) return this.control;
    throw this.unavailable();
  }

  private unavailable(): StorageError {
    const what = this.closing === undefined ? "is not open; open() it first" : "has been closed";
    return new StorageError("BACKEND_CLOSED", `the control store ${this.location} ${what}`);
  }

  open(): Promise<void> {
    if (this.closing !== undefined) return Promise.reject(this.unavailable());
    this.opening ??= this.openOnce();
    return this.opening;
  }

  private async openOnce(): Promise<void> {
    try {
      this.control = await OpenControl.open(this.places, this.parts);
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
  }

  incarnation(): MaybePromise<string> {
    const { records } = this.opened;
    return this.patience.run(() => records.incarnation());
  }

  generation(): number | undefined {
    return this.opened.generation.read();
  }

  records(): MaybePromise<readonly ControlRecord[]> {
    const { records, generation, committer } = this.opened;
    // Else every process would go on without its cache until somebody happens to commit.
    if (generation.read() === undefined) committer.mendSoon();
    return this.patience.run(() => records.records());
  }

  async commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void> {
    const { committer } = this.opened;
    await committer.commit(changes, audit);
  }

  audit(limit: number): MaybePromise<readonly AuditRow[]> {
    const { records } = this.opened;
    return this.patience.run(() => records.audit(limit));
  }

  async lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    const { locks, presence } = this.opened;
    presence.check();
    return locks.lock(name, mode, options);
  }

  async mark(unit: string, targets: readonly MarkTarget[]): Promise<number> {
    const { durable, durableMarks } = this.opened;
    return durable.run(() => durableMarks.mark(unit, targets, this.parts.nowMs()));
  }

  async markSettled(unit: string, marks: readonly NewMark[]): Promise<void> {
    const { durable, durableMarks } = this.opened;
    await durable.run(() => durableMarks.markSettled(unit, marks, this.parts.nowMs()));
  }

  async settle(unit: string, write: SettledWrite): Promise<void> {
    const { quick, quickMarks } = this.opened;
    await quick.run(() => quickMarks.settle(unit, write));
  }

  marks(unit: string, limit: number): MaybePromise<readonly DirtyMark[]> {
    const { quickMarks } = this.opened;
    return this.patience.run(() => quickMarks.list(unit, limit));
  }

  count(unit: string): MaybePromise<DirtyCount> {
    const { quickMarks } = this.opened;
    return this.patience.run(() => quickMarks.count(unit));
  }

  async clear(unit: string, marks: readonly DirtyMark[]): Promise<void> {
    const { quick, quickMarks } = this.opened;
    await quick.run(() => quickMarks.clear(unit, marks));
  }

  async settleOrphans(unit: string): Promise<number> {
    const { quick, quickMarks } = this.opened;
    return quick.run(() => quickMarks.settleOrphans(unit));
  }

  notes(topic: string, limit: number = Infinity): MaybePromise<readonly Note[]> {
    const { records } = this.opened;
    return this.patience.run(() => records.notes(topic, limit));
  }

  async note(topic: string, key: string, value: JsonValue | undefined): Promise<void> {
    const { quick, records } = this.opened;
    await quick.run(() => records.note(topic, key, value));
  }

  sizeBytes(): number {
    void this.opened;
    return bytesOf(this.places);
  }

  async backup(destination: string): Promise<void> {
    void this.opened;
    const { backupControl } = await import("./backup-control.ts");
    await backupControl(this.location, destination);
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    await this.opening?.catch(() => undefined);
    await this.control?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
