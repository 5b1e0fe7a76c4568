import type { CollectionDefinition } from "@cutover/core";
import { literal, statement, type SqlValue, type Statement } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";
import { definitionDigest } from "./definition-digest.ts";
import { step, type Outcome, type Step } from "./link.ts";
import type { OwnNames } from "./own-names.ts";
import type { Entering, CommitName, Turns } from "./turns.ts";

/** Names and digests of collections that are entered by themselves, which nearly all are. */
const ones = new WeakMap<CollectionDefinition, readonly string[]>();

/** Writes a function in PL/pgSQL. */
export function createFunction(head: string, declare: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${head} LANGUAGE plpgsql AS $cutover$ ${declare} BEGIN ${body} END $cutover$`;
}

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
      `SELECT ${this.signing("?", "?")} WHERE pg_current_xact_id_if_assigned() IS NOT NULL`,
    );
    this.settling = statement(`SELECT ${names.own("settle")}(?, ?, ?)`);
    this.locking = statement(
      `SELECT pg_advisory_xact_lock(${this.lockKey("collection", "?::text")})`,
    );
    const schemaKey = literal(`cutover schema ${names.schema}`);
    const locking = `SELECT pg_advisory_xact_lock(hashtextextended(${schemaKey}, 0))`;
    this.lockSchema = [step(statement(locking))];
  }

  /** It writes, whatever the statement does. */
  signing(writer: string, token: string): string {
    return `${this.names.own("signed")}(${writer}::text, ${token}::bigint)`;
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
      Math.max(1, Math.ceil(waitMs)),
    ];
    return [step(this.entering, parameters)];
  }

  enterOne(definition: CollectionDefinition, waitMs: number): readonly Step[] {
    const known = ones.get(definition);
    const one = known ?? [
      arrayLiteral([definition.name]),
      arrayLiteral([definitionDigest(definition)]),
    ];
    if (known === undefined) ones.set(definition, one);
    return [step(this.entering, [...one, 0, Math.max(1, Math.ceil(waitMs))])];
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
        "DECLARE place integer;",
        "PERFORM set_config('lock_timeout', wait_ms::text, true); " +
          "FOR place IN 1 .. cardinality(names) LOOP " +
          `IF alone THEN PERFORM pg_advisory_xact_lock(${this.lockKey("collection", "names[place]")}); ` +
          `ELSE PERFORM pg_advisory_xact_lock_shared(${this.lockKey("collection", "names[place]")}); END IF; ` +
          `PERFORM 1 FROM ${collections} AS known WHERE known.name = names[place] AND known.digest = digests[place]; ` +
          "IF NOT FOUND THEN RAISE EXCEPTION 'another definition' USING ERRCODE = 'CU001'; END IF; " +
          "END LOOP;",
      ),
      createFunction(
        // The row is locked until the end, which is what whoever asks waits for.
        `${this.names.own("signed")}(by text, as_token bigint) RETURNS boolean`,
        "",
        `UPDATE ${writers} AS known SET token = as_token, seen = now() WHERE known.writer = by AND NOT known.fenced; ` +
          "IF FOUND THEN RETURN true; END IF; " +
          `INSERT INTO ${writers} AS known (writer, token) VALUES (by, as_token) ON CONFLICT (writer) ` +
          "DO UPDATE SET token = excluded.token, seen = now() WHERE NOT known.fenced; " +
          "IF NOT FOUND THEN RAISE EXCEPTION 'given up' USING ERRCODE = 'CU002'; END IF; RETURN true;",
      ),
      createFunction(
        `${this.names.own("settle")}(by text, as_token bigint, wait_ms integer) RETURNS boolean`,
        "",
        "PERFORM set_config('lock_timeout', wait_ms::text, true); " +
          `INSERT INTO ${writers} AS known (writer, fenced) VALUES (by, true) ON CONFLICT (writer) ` +
          "DO UPDATE SET fenced = true WHERE known.token IS DISTINCT FROM as_token; " +
          "RETURN NOT FOUND;",
      ),
    ];
  }
}
