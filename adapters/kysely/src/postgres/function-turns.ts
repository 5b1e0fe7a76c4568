import type { SqlTable } from "../driver/sql-table.ts";
import { literal, statement, type SqlValue, type Statement } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";
import { definitionDigest } from "./definition-digest.ts";
import { step, type Outcome, type Step } from "./link.ts";
import type { OwnNames } from "./own-names.ts";
import { createFunction } from "./plpgsql.ts";
import { putCall, putFunction } from "./put-function.ts";
import type { CommitName, Entering, LonePutting, Turns } from "./turns.ts";

/** The server takes no wait of nothing: that would be for ever. */
const wholeMs = (waitMs: number): number => Math.max(1, Math.ceil(waitMs));

/** Collections are advisory locks, and functions of the schema take them: one statement a turn. */
export class FunctionTurns implements Turns {
  readonly lockLiesInSchema = false;
  readonly lockSchema: readonly Step[];
  private readonly names: OwnNames;
  /** [names, digests, exclusive, wait] */
  private readonly entering: Statement;
  private readonly signed: Statement;
  private readonly settling: Statement;
  private readonly locking: Statement;

  constructor(names: OwnNames) {
    this.names = names;
    this.entering = statement(`SELECT ${names.own("enter")}(?, ?, ?, ?)`);
    // Where nothing was written, there is nothing to ask about later.
    this.signed = statement(
      `SELECT ${names.own("signed")}(?, ?) WHERE pg_current_xact_id_if_assigned() IS NOT NULL`,
    );
    this.settling = statement(`SELECT ${names.own("settle")}(?, ?, ?)`);
    this.locking = statement(
      `SELECT pg_advisory_xact_lock(${this.lockKey("collection", "?::text")})`,
    );
    const schemaKey = literal(`cutover schema ${names.schema}`);
    const locking = `SELECT pg_advisory_xact_lock(hashtextextended(${schemaKey}, 0))`;
    this.lockSchema = [step(statement(locking))];
  }

  private lockKey(what: string, of: string): string {
    return `hashtextextended(${literal(`cutover ${what} ${this.names.schema} `)} || ${of}, 0)`;
  }

  enter({ definitions, exclusive, waitMs }: Entering): readonly Step[] {
    // Everybody asks in the same order, so that two never wait for each other.
    const sorted = definitions.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    const parameters: SqlValue[] = [
      arrayLiteral(sorted.map(({ name }) => name)),
      arrayLiteral(sorted.map(definitionDigest)),
      exclusive ? 1 : 0,
      wholeMs(waitMs),
    ];
    return [step(this.entering, parameters)];
  }

  putAlone(
    table: SqlTable,
    { cells, signature, waitMs }: LonePutting,
  ): readonly Step[] | undefined {
    const call = putCall(table);
    if (call === undefined) return undefined;
    const digest = definitionDigest(table.definition);
    const { writer, token } = signature;
    return [step(call, [...cells, digest, wholeMs(waitMs), writer, token])];
  }

  tableCreation(table: SqlTable): readonly string[] {
    return putFunction(table, {
      collections: this.names.own("collections"),
      writers: this.names.own("writers"),
      signed: this.names.own("signed"),
      lockKey: this.lockKey("collection", literal(table.name)),
    });
  }

  sign({ writer, token }: CommitName): Step {
    return step(this.signed, [writer, token]);
  }

  settle({ writer, token }: CommitName, waitMs: number): readonly Step[] {
    return [step(this.settling, [writer, token, waitMs])];
  }

  tookPlace(last: Outcome | undefined): boolean {
    return last?.rows[0]?.[0] === 1;
  }

  lockCollection(name: string): readonly Step[] {
    return [step(this.locking, [name])];
  }

  creation(): readonly string[] {
    const collections = this.names.own("collections");
    const writers = this.names.own("writers");
    return [
      createFunction(
        `${this.names.own("enter")}(names text[], digests text[], alone boolean, wait_ms integer) RETURNS void`,
        "PERFORM set_config('lock_timeout', wait_ms::text, true); " +
          "FOR place IN 1 .. cardinality(names) LOOP " +
          `IF alone THEN PERFORM pg_advisory_xact_lock(${this.lockKey("collection", "names[place]")}); ` +
          `ELSE PERFORM pg_advisory_xact_lock_shared(${this.lockKey("collection", "names[place]")}); END IF; ` +
          `PERFORM 1 FROM ${collections} AS known WHERE known.name = names[place] AND known.digest = digests[place]; ` +
          "IF NOT FOUND THEN RAISE EXCEPTION 'another definition' USING ERRCODE = 'CU001'; END IF; " +
          "END LOOP;",
        "DECLARE place integer;",
      ),
      createFunction(
        // The row is locked until the end, which is what whoever asks waits for.
        `${this.names.own("signed")}(by text, as_token bigint) RETURNS boolean`,
        `UPDATE ${writers} AS known SET token = as_token, seen = now() WHERE known.writer = by AND NOT known.fenced; ` +
          "IF FOUND THEN RETURN true; END IF; " +
          `INSERT INTO ${writers} AS known (writer, token) VALUES (by, as_token) ON CONFLICT (writer) ` +
          "DO UPDATE SET token = excluded.token, seen = now() WHERE NOT known.fenced; " +
          "IF NOT FOUND THEN RAISE EXCEPTION 'given up' USING ERRCODE = 'CU002'; END IF; RETURN true;",
      ),
      createFunction(
        `${this.names.own("settle")}(by text, as_token bigint, wait_ms integer) RETURNS boolean`,
        "PERFORM set_config('lock_timeout', wait_ms::text, true); " +
          `INSERT INTO ${writers} AS known (writer, fenced) VALUES (by, true) ON CONFLICT (writer) ` +
          "DO UPDATE SET fenced = true WHERE known.token IS DISTINCT FROM as_token; " +
          "RETURN NOT FOUND;",
      ),
    ];
  }
}
