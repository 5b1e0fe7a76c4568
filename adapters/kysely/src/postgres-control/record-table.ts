import {
  StorageError,
  type AuditEntry,
  type AuditRow,
  type ControlRecord,
  type JsonValue,
  type Note,
  type RecordChange,
} from "@cutover/core";
import { statement, type Statement } from "../sql/statement.ts";
import type { ControlConnection } from "./control-connection.ts";
import type { ControlSession } from "./control-session.ts";
import { replaced } from "./mark-table.ts";
import type { Transact } from "./transact.ts";

/** What a {@link RecordTable} works with. */
export interface RecordParts {
  readonly schema: string;
  readonly incarnation: string;
  /** For what is asked around every read. */
  readonly looks: ControlSession;
  readonly quick: ControlSession;
  /** Runs a transaction that comes to nothing unless every exclusive lock was held to its end. */
  readonly transact: Transact;
}

interface WrittenChange {
  readonly name: string;
  readonly revision: number;
  readonly text: string;
}

type StatementName =
  | "generation"
  | "records"
  | "revisions"
  | "raise"
  | "put"
  | "addAudit"
  | "audit"
  | "notes"
  | "putNote"
  | "removeNote"
  | "bytes";

function statementsFor(schema: string): Readonly<Record<StatementName, Statement>> {
  return {
    generation: statement(`SELECT generation FROM ${schema}.state WHERE incarnation = $1`),
    records: statement(`SELECT name, revision, value FROM ${schema}.records ORDER BY name`),
    revisions: statement(`SELECT name, revision FROM ${schema}.records WHERE name = ANY($1)`),
    raise: statement(
      `UPDATE ${schema}.state SET generation = generation + 1, last_audit = last_audit + $1
       WHERE incarnation = $2 RETURNING last_audit`,
    ),
    put: statement(
      `INSERT INTO ${schema}.records (name, revision, value) VALUES ($1, $2, $3)
       ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, value = excluded.value`,
    ),
    addAudit: statement(
      `INSERT INTO ${schema}.audit (number, at, action, unit, actor, details)
       VALUES ($1, $2, $3, $4, $5, $6)`,
    ),
    audit: statement(
      `SELECT number, at, action, unit, actor, details FROM ${schema}.audit
       ORDER BY number DESC LIMIT $1`,
    ),
    notes: statement(
      `SELECT key, value FROM ${schema}.notes WHERE topic = $1 ORDER BY place LIMIT $2`,
    ),
    putNote: statement(
      `INSERT INTO ${schema}.notes (topic, key, value) VALUES ($1, $2, $3)
       ON CONFLICT (topic, key) DO UPDATE SET value = excluded.value`,
    ),
    removeNote: statement(`DELETE FROM ${schema}.notes WHERE topic = $1 AND key = $2`),
    bytes: statement(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relkind = 'r'`,
    ),
  };
}

/** The records, the audit and the notes in the database. */
export class RecordTable {
  private readonly parts: RecordParts;
  private readonly statements: Readonly<Record<StatementName, Statement>>;
  private looking: Promise<number> | undefined;
  private nextLook: Promise<number> | undefined;

  constructor(parts: RecordParts) {
    this.parts = parts;
    this.statements = statementsFor(parts.schema);
  }

  /** Those who ask while a look is under way share the next one: theirs must begin after they asked. */
  generation(): Promise<number> {
    if (this.looking === undefined) return this.look();
    this.nextLook ??= this.looking.then(
      () => this.look(),
      () => this.look(),
    );
    return this.nextLook;
  }

  private look(): Promise<number> {
    this.nextLook = undefined;
    const look = this.lookNow();
    this.looking = look;
    const end = (): void => {
      if (this.looking === look) this.looking = undefined;
    };
    look.then(end, end);
    return look;
  }

  private async lookNow(): Promise<number> {
    const { looks, incarnation } = this.parts;
    const [row] = await looks.read(this.statements.generation, [incarnation]);
    if (row === undefined) throw replaced(looks.location);
    return Number(row[0]);
  }

  private parse(text: unknown, what: string): JsonValue {
    try {
      return JSON.parse(String(text));
    } catch (cause) {
      const message = `${this.parts.looks.location}: ${what} is no JSON; mend it with SQL or restore a backup`;
      throw new StorageError("CORRUPT_DATA", message, { cause });
    }
  }

  async records(): Promise<readonly ControlRecord[]> {
    const rows = await this.parts.looks.read(this.statements.records, []);
    return rows.map(([name, revision, value]) => ({
      name: String(name),
      revision: Number(revision),
      value: this.parse(value, `the record "${String(name)}"`),
    }));
  }

  /** @throws StorageError VERSION_CONFLICT, having changed nothing; COMMIT_UNKNOWN */
  async commit(changes: readonly RecordChange[], audit: readonly AuditEntry[]): Promise<void> {
    const written = changes.map(({ name, revision, value }) => {
      return { name, revision, text: JSON.stringify(value) };
    });
    const rows = audit.map(({ at, action, unit, actor, details }) => {
      return [at, action, unit, actor, JSON.stringify(details)];
    });
    await this.parts.transact((connection) => this.commitOn(connection, written, rows));
  }

  private async commitOn(
    connection: ControlConnection,
    changes: readonly WrittenChange[],
    audit: readonly (readonly string[])[],
  ): Promise<void> {
    // Its row is everybody's turn to commit.
    const values = [audit.length, this.parts.incarnation];
    const [raised] = await connection.all(this.statements.raise, values);
    if (raised === undefined) throw replaced(connection.location);
    await this.change(connection, changes);
    const first = Number(raised[0]) - audit.length + 1;
    for (const [index, row] of audit.entries())
      await connection.all(this.statements.addAudit, [first + index, ...row]);
  }

  private async change(
    connection: ControlConnection,
    changes: readonly WrittenChange[],
  ): Promise<void> {
    const names = changes.map(({ name }) => name);
    const found = await connection.all(this.statements.revisions, [names]);
    const revisions = new Map(found.map(([name, revision]) => [String(name), Number(revision)]));
    for (const { name, revision, text } of changes) {
      const known = revisions.get(name) ?? 0;
      if (known !== revision) throw conflict(name, revision, known);
      revisions.set(name, revision + 1);
      await connection.all(this.statements.put, [name, revision + 1, text]);
    }
  }

  async audit(limit: number): Promise<readonly AuditRow[]> {
    const values = [Math.min(limit, Number.MAX_SAFE_INTEGER)];
    const rows = await this.parts.quick.read(this.statements.audit, values);
    return rows.map(([number, at, action, unit, actor, details]) => ({
      number: Number(number),
      at: String(at),
      action: String(action),
      unit: String(unit),
      actor: String(actor),
      details: this.parse(details, `audit row ${String(number)}`),
    }));
  }

  async notes(topic: string, limit: number): Promise<readonly Note[]> {
    const values = [topic, Math.min(limit, Number.MAX_SAFE_INTEGER)];
    const rows = await this.parts.quick.read(this.statements.notes, values);
    return rows.map(([key, value]) => ({
      key: String(key),
      value: this.parse(value, `the note "${String(key)}" of "${topic}"`),
    }));
  }

  async note(topic: string, key: string, value: JsonValue | undefined): Promise<void> {
    const { quick } = this.parts;
    if (value === undefined) await quick.all(this.statements.removeNote, [topic, key]);
    else await quick.all(this.statements.putNote, [topic, key, JSON.stringify(value)]);
  }

  async sizeBytes(schemaName: string): Promise<number> {
    const [[bytes] = []] = await this.parts.quick.read(this.statements.bytes, [schemaName]);
    return Number(bytes);
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
