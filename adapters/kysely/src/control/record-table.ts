import {
  StorageError,
  type AuditEntry,
  type AuditRow,
  type ControlRecord,
  type JsonValue,
  type Note,
  type RecordChange,
} from "@cutover/core";
import { statement, type SqlValue } from "../sql/statement.ts";
import type { NativeSession } from "../sqlite/native-session.ts";

const list = statement("SELECT name, revision, value FROM records ORDER BY name");
const find = statement("SELECT revision FROM records WHERE name = ?");
const put = statement("INSERT OR REPLACE INTO records (name, revision, value) VALUES (?, ?, ?)");
const raise = statement("UPDATE state SET generation = generation + 1 RETURNING generation");
const getGeneration = statement("SELECT generation FROM state");
const getIncarnation = statement("SELECT incarnation FROM state");
const addAudit = statement(
  "INSERT INTO audit (at, action, unit, actor, details) VALUES (?, ?, ?, ?, ?)",
);
const listAudit = statement(
  "SELECT number, at, action, unit, actor, details FROM audit ORDER BY number DESC LIMIT ?",
);
const listNotes = statement("SELECT key, value FROM notes WHERE +topic = ? ORDER BY place LIMIT ?");
const putNote = statement(
  `INSERT INTO notes (topic, key, value) VALUES (?, ?, ?)
   ON CONFLICT (topic, key) DO UPDATE SET value = excluded.value`,
);
const removeNote = statement("DELETE FROM notes WHERE topic = ? AND key = ?");

/** The records, the audit and the notes in the database. */
export class RecordTable {
  private readonly session: NativeSession;
  private readonly location: string;

  constructor(session: NativeSession, location: string) {
    this.session = session;
    this.location = location;
  }

  private parse(text: SqlValue | undefined, what: string): JsonValue {
    try {
      return JSON.parse(String(text));
    } catch (cause) {
      const message = `${this.location}: ${what} is no JSON; mend it with SQL or restore a backup`;
      throw new StorageError("CORRUPT_DATA", message, { cause });
    }
  }

  incarnation(): string {
    return String(this.session.get(getIncarnation, [])?.[0]);
  }

  generation(): number {
    return Number(this.session.get(getGeneration, [])?.[0]);
  }

  records(): readonly ControlRecord[] {
    return this.session.all(list, []).map(([name, revision, value]) => ({
      name: String(name),
      revision: Number(revision),
      value: this.parse(value, `the record "${String(name)}"`),
    }));
  }

  /**
   * To be called inside a write transaction.
   *
   * @returns the new generation
   * @throws StorageError VERSION_CONFLICT
   */
  commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): number {
    for (const { name, revision, value } of changes) {
      const found = Number(this.session.get(find, [name])?.[0] ?? 0);
      if (found !== revision) throw conflict(name, revision, found);
      this.session.run(put, [name, revision + 1, JSON.stringify(value)]);
    }
    for (const { at, action, unit, actor, details } of audit)
      this.session.run(addAudit, [at, action, unit, actor, JSON.stringify(details)]);
    return Number(this.session.get(raise, [])?.[0]);
  }

  audit(limit: number): readonly AuditRow[] {
    return this.session
      .all(listAudit, [Math.min(limit, Number.MAX_SAFE_INTEGER)])
      .map(([number, at, action, unit, actor, details]) => ({
        number: Number(number),
        at: String(at),
        action: String(action),
        unit: String(unit),
        actor: String(actor),
        details: this.parse(details, `audit row ${String(number)}`),
      }));
  }

  notes(topic: string, limit: number): readonly Note[] {
    return this.session
      .all(listNotes, [topic, Math.min(limit, Number.MAX_SAFE_INTEGER)])
      .map(([key, value]) => ({
        key: String(key),
        value: this.parse(value, `the note "${String(key)}" of "${topic}"`),
      }));
  }

  note(topic: string, key: string, value: JsonValue | undefined): void {
    if (value === undefined) this.session.run(removeNote, [topic, key]);
    else this.session.run(putNote, [topic, key, JSON.stringify(value)]);
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
