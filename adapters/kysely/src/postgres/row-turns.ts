import { statement, type Statement } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";
import { definitionDigest } from "./definition-digest.ts";
import { step, type Outcome, type Step } from "./link.ts";
import type { OwnNames } from "./own-names.ts";
import type { Entering, CommitName, Turns } from "./turns.ts";

/** No collection is called so: the row of the schema itself. */
const schemaRow = "";

/** A mark that others set at the same time is not worth waiting longer for, in milliseconds. */
const markWaitMs = 100;

/**
 * So long a mark counts, in milliseconds: past the moment between two attempts of one that waits,
 * and no longer, for one that has given up leaves it behind.
 */
const markLifeMs = 300;

/**
 * Collections are rows that are locked, in plain statements that go out together. It costs a row
 * version a turn, and three statements where functions need one; it asks of an engine no more than
 * `FOR SHARE`, `FOR UPDATE` and `ON CONFLICT`. Without functions, a statement that has to fail
 * takes the logarithm of 0 (SQLSTATE 2201E, another definition), the root of -1 (2201F, given up) or
 * divides by 0 (22012, somebody waits to be alone).
 */
export class RowTurns implements Turns {
  readonly lockLiesInSchema = true;
  readonly lockSchema: readonly Step[];
  readonly marks: NonNullable<Turns["marks"]>;
  private readonly freeze: Statement;
  private readonly thaw: Statement;
  private readonly names: OwnNames;
  private readonly patience: Statement = statement("SELECT set_config('lock_timeout', ?, true)");
  /** [names] */
  private readonly locks: Readonly<Record<"alone" | "beside", Statement>>;
  /** [names, digests]: a statement of its own, for it has to see what was committed meanwhile. */
  private readonly check: Statement;
  private readonly frozen: Statement;
  private readonly addRow: Statement;
  /** [writer, token] */
  private readonly signed: Statement;
  private readonly settling: Statement;

  constructor(names: OwnNames) {
    this.names = names;
    const writers = names.own("writers");
    const lock = (how: string): Statement =>
      statement(`SELECT name FROM ${this.table} WHERE name = ANY(?) ORDER BY name FOR ${how}`);
    this.locks = { alone: lock("UPDATE"), beside: lock("SHARE") };
    this.check = statement(
      `SELECT ln((count(*) = cardinality($1::text[]))::integer::float8) FROM ${names.own("collections")} AS known ` +
        "JOIN unnest($1::text[], $2::text[]) AS asked (name, digest) " +
        "ON known.name = asked.name AND known.digest = asked.digest",
    );
    this.frozen = statement(
      `SELECT 1 / (NOT EXISTS (SELECT FROM ${names.own("freezing")} WHERE name = ANY(?) AND until > now()))::integer`,
    );
    this.marks = {
      set: (marked) => [this.waiting(markWaitMs), step(this.freeze, [arrayLiteral(marked)])],
      remove: (marked) => [step(this.thaw, [arrayLiteral(marked)])],
    };
    this.freeze = statement(
      `INSERT INTO ${names.own("freezing")} (name, until) SELECT name, now() + interval '${markLifeMs} milliseconds' ` +
        "FROM unnest(?::text[]) AS waited (name) ORDER BY name " +
        "ON CONFLICT (name) DO UPDATE SET until = excluded.until",
    );
    this.thaw = statement(`DELETE FROM ${names.own("freezing")} WHERE name = ANY(?)`);
    this.addRow = statement(`INSERT INTO ${this.table} (name) VALUES (?) ON CONFLICT DO NOTHING`);
    this.signed = statement(
      // The row is locked until the end, which is what whoever asks waits for.
      `WITH changed AS (INSERT INTO ${writers} AS known (writer, token) VALUES (?, ?) ON CONFLICT (writer) ` +
        "DO UPDATE SET token = excluded.token, seen = now() WHERE NOT known.fenced RETURNING 1) " +
        "SELECT sqrt((SELECT count(*) FROM changed)::float8 - 1)",
    );
    this.settling = statement(
      `INSERT INTO ${writers} AS known (writer, fenced) VALUES (?, true) ON CONFLICT (writer) ` +
        "DO UPDATE SET fenced = true WHERE known.token IS DISTINCT FROM ?::bigint RETURNING 1",
    );
    this.lockSchema = [step(this.locks.alone, [arrayLiteral([schemaRow])])];
  }

  private get table(): string {
    return this.names.own("turns");
  }

  private waiting(waitMs: number): Step {
    return step(this.patience, [String(Math.max(1, Math.ceil(waitMs)))]);
  }

  enter({ definitions, exclusive, waitMs }: Entering): readonly Step[] {
    // The server locks them in their order, so that two never wait for each other.
    const asked = arrayLiteral(definitions.map(({ name }) => name));
    const digests = arrayLiteral(definitions.map(definitionDigest));
    return [
      this.waiting(waitMs),
      ...(exclusive ? [] : [step(this.frozen, [asked])]),
      step(this.locks[exclusive ? "alone" : "beside"], [asked]),
      step(this.check, [asked, digests]),
    ];
  }

  sign({ writer, token }: CommitName): Step {
    return step(this.signed, [writer, token]);
  }

  settle({ writer, token }: CommitName, waitMs: number): readonly Step[] {
    return [this.waiting(waitMs), step(this.settling, [writer, token])];
  }

  tookPlace(last: Outcome | undefined): boolean {
    return last !== undefined && last.rows.length === 0;
  }

  lockCollection(name: string): readonly Step[] {
    return [step(this.addRow, [name]), step(this.locks.alone, [arrayLiteral([name])])];
  }

  tableCreation(): readonly string[] {
    return [];
  }

  creation(): readonly string[] {
    return [
      `CREATE TABLE IF NOT EXISTS ${this.table} (name text COLLATE "C" PRIMARY KEY)`,
      `CREATE TABLE IF NOT EXISTS ${this.names.own("freezing")} (name text COLLATE "C" PRIMARY KEY, until timestamptz NOT NULL)`,
      `INSERT INTO ${this.table} (name) VALUES ('${schemaRow}') ON CONFLICT DO NOTHING`,
    ];
  }
}
