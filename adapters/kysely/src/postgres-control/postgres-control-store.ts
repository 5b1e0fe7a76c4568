import {
  isStorageError,
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
  type NewMark,
  type Note,
  type RecordChange,
  type SettledWrite,
} from "@cutover/core";
import { OpenControl, type OpenControlOptions } from "./open-control.ts";

/** What a {@link PostgresControlStore} is made of. */
export interface PostgresControlParts extends Omit<OpenControlOptions, "closing"> {
  readonly nowMs: () => number;
}

/** A control store in a Postgres schema; see `postgresControl`. */
export class PostgresControlStore implements ControlStore {
  readonly multiProcess = true;
  private readonly parts: PostgresControlParts;
  private readonly closer = new AbortController();
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private control: OpenControl | undefined;

  constructor(parts: PostgresControlParts) {
    this.parts = parts;
  }

  get location(): string {
    return this.parts.location;
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
      this.control = await OpenControl.open({ ...this.parts, closing: this.closer.signal });
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
  }

  incarnation(): string {
    return this.opened.incarnation;
  }

  generation(): Promise<number> {
    return this.opened.records.generation();
  }

  records(): Promise<readonly ControlRecord[]> {
    return this.opened.records.records();
  }

  async commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void> {
    await this.opened.records.commit(changes, audit);
  }

  audit(limit: number): Promise<readonly AuditRow[]> {
    return this.opened.records.audit(limit);
  }

  async lock(name: string, mode: LockMode, options: LockOptions): Promise<ControlLock> {
    const { locks } = this.opened;
    try {
      return await locks.lock(name, mode, options);
    } catch (error) {
      // Whoever waits says things on connections that end with the store.
      const isClosed = this.closing !== undefined && isStorageError(error, "CONNECTION_LOST");
      throw isClosed ? this.unavailable() : error;
    }
  }

  async mark(unit: string, targets: readonly MarkTarget[]): Promise<number> {
    return this.opened.marks.mark(unit, targets, this.parts.nowMs());
  }

  async settle(unit: string, write: SettledWrite): Promise<void> {
    await this.opened.marks.settle(unit, write);
  }

  async markSettled(unit: string, marks: readonly NewMark[]): Promise<void> {
    await this.opened.marks.markSettled(unit, marks, this.parts.nowMs());
  }

  marks(unit: string, limit: number): Promise<readonly DirtyMark[]> {
    return this.opened.marks.list(unit, limit);
  }

  count(unit: string): Promise<DirtyCount> {
    return this.opened.marks.count(unit);
  }

  async clear(unit: string, marks: readonly DirtyMark[]): Promise<void> {
    await this.opened.marks.clear(unit, marks);
  }

  async settleOrphans(unit: string): Promise<number> {
    return this.opened.marks.settleOrphans(unit);
  }

  notes(topic: string, limit: number = Infinity): Promise<readonly Note[]> {
    return this.opened.records.notes(topic, limit);
  }

  async note(topic: string, key: string, value: JsonValue | undefined): Promise<void> {
    await this.opened.records.note(topic, key, value);
  }

  sizeBytes(): Promise<number> {
    return this.opened.records.sizeBytes(this.parts.place.name);
  }

  async backup(): Promise<void> {
    void this.opened;
    throw new StorageError(
      "NOT_SUPPORTED",
      `${this.location}: a control store in Postgres is backed up with its database, or by ` +
        `\`pg_dump --schema=${this.parts.place.name}\``,
    );
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    this.closer.abort(this.unavailable());
    await this.opening?.catch(() => undefined);
    await this.control?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
