import { createHash } from "node:crypto";
import { StorageError, type CollectionDefinition } from "@cutover/core";
import { definitionText } from "../layout/definition-text.ts";
import { literal, quote, statement, type SqlValue, type Statement } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";

/** The layout this code writes. Newer ones are left alone. */
export const layoutVersion = 2;

const longestName = 63;
const digests = new WeakMap<CollectionDefinition, string>();

/** A name that Postgres keeps whole: it cuts longer ones off, and then two may be one. */
export function shortName(name: string): string {
  if (name.length <= longestName) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${name.slice(0, longestName - digest.length - 1)}$${digest}`;
}

/** Names and digests of collections that are entered by themselves, which nearly all are. */
const ones = new WeakMap<CollectionDefinition, readonly string[]>();

/** What tells one definition from another. */
export function definitionDigest(definition: CollectionDefinition): string {
  const known = digests.get(definition);
  if (known !== undefined) return known;
  const text = definitionText(definition);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 32);
  digests.set(definition, digest);
  return digest;
}

/** How a writer takes its turn. */
export interface Entering {
  readonly definitions: readonly CollectionDefinition[];
  /** Nobody else writes to these collections meanwhile; else only nobody who entered so. */
  readonly exclusive: boolean;
  readonly waitMs: number;
}

/** Our own tables and functions in a schema, and the statements about them. */
export class Books {
  readonly schema: string;
  readonly version: Statement;
  readonly list: Statement;
  readonly save: Statement;
  readonly touch: Statement;
  /** [names, digests, exclusive, wait] */
  readonly enter: Statement;
  /** [writer, token]: the last step of every commit. */
  readonly sign: Statement;
  /** [writer, token, wait]: whether a commit took place; it never will if it did not. */
  readonly settle: Statement;
  readonly forget: Statement;
  /** Serialises what changes the schema itself. */
  readonly lockSchema: Statement;
  /** Keeps writers out of a collection whose table changes; they find it changed. [name] */
  readonly lockCollection: Statement;

  constructor(schema: string) {
    this.schema = schema;
    const collections = this.own("collections");
    this.version = statement(`SELECT max(version) FROM ${this.own("schema_version")}`);
    this.list = statement(`SELECT name, definition, touched FROM ${collections}`);
    this.save = statement(
      `INSERT INTO ${collections} (name, definition, digest, touched) VALUES (?, ?, ?, false) ` +
        "ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, digest = excluded.digest",
    );
    this.touch = statement(
      `UPDATE ${collections} SET touched = true WHERE name = ? AND NOT touched`,
    );
    this.enter = statement(`SELECT ${this.own("enter")}(?, ?, ?, ?)`);
    // Where nothing was written, there is nothing to ask about later.
    this.sign = statement(
      `SELECT ${this.signing("?", "?")} WHERE pg_current_xact_id_if_assigned() IS NOT NULL`,
    );
    this.settle = statement(`SELECT ${this.own("settle")}(?, ?, ?)`);
    this.forget = statement(
      // Those of processes that ended suddenly go with the next that ends well.
      `DELETE FROM ${this.own("writers")} WHERE writer = ? OR seen < now() - interval '30 days'`,
    );
    this.lockCollection = statement(
      `SELECT pg_advisory_xact_lock(${this.lockKey("collection", "?::text")})`,
    );
    this.lockSchema = statement(
      `SELECT pg_advisory_xact_lock(hashtextextended(${literal(`cutover schema ${schema}`)}, 0))`,
    );
  }

  /** Signs within a statement: an expression that is true. It writes, whatever the statement does. */
  signing(writer: string, token: string): string {
    return `${this.own("signed")}(${writer}::text, ${token}::bigint)`;
  }

  private lockKey(what: string, of: string): string {
    return `hashtextextended(${literal(`cutover ${what} ${this.schema} `)} || ${of}, 0)`;
  }

  private own(name: string): string {
    return `${quote(this.schema)}.${quote(`_cutover_${name}`)}`;
  }

  entering({ definitions, exclusive, waitMs }: Entering): readonly SqlValue[] {
    // Everybody asks in the same order, so that two never wait for each other.
    const sorted = definitions.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    return [
      arrayLiteral(sorted.map(({ name }) => name)),
      arrayLiteral(sorted.map(definitionDigest)),
      exclusive ? 1 : 0,
      Math.max(1, Math.ceil(waitMs)),
    ];
  }

  /** How one writes a single record of a collection, beside others who do the same. */
  enteringOne(definition: CollectionDefinition, waitMs: number): readonly SqlValue[] {
    const known = ones.get(definition);
    const one = known ?? [
      arrayLiteral([definition.name]),
      arrayLiteral([definitionDigest(definition)]),
    ];
    if (known === undefined) ones.set(definition, one);
    return [...one, 0, Math.max(1, Math.ceil(waitMs))];
  }

  /** The rule by which statements of a searched table that know nothing of tokens remove them. */
  get untokenise(): string {
    return this.own("untokenise");
  }

  /** Creates what is not there. To be called inside a transaction that has locked the schema. */
  creation(nowMs: number): readonly string[] {
    const text = `text COLLATE "C"`;
    return [
      `CREATE TABLE IF NOT EXISTS ${this.own("schema_version")} (version integer PRIMARY KEY, applied_at ${text} NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ${this.own("collections")} ` +
        `(name ${text} PRIMARY KEY, definition ${text} NOT NULL, digest ${text} NOT NULL, touched boolean NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ${this.own("writers")} (writer ${text} PRIMARY KEY, token bigint, ` +
        `fenced boolean NOT NULL DEFAULT false, seen timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50)`,
      ...this.upgrade(nowMs),
    ];
  }

  /** Brings what an older version made up to date: functions are all that has ever changed. */
  upgrade(nowMs: number): readonly string[] {
    const values = `${layoutVersion}, ${literal(new Date(nowMs).toISOString())}`;
    return [
      `INSERT INTO ${this.own("schema_version")} VALUES (${values}) ON CONFLICT DO NOTHING`,
      ...this.functions(),
    ];
  }

  private functions(): readonly string[] {
    const collections = this.own("collections");
    const writers = this.own("writers");
    return [
      createFunction(
        `${this.own("enter")}(names text[], digests text[], alone boolean, wait_ms integer) RETURNS void`,
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
        `${this.own("signed")}(by text, as_token bigint) RETURNS boolean`,
        "",
        `UPDATE ${writers} AS known SET token = as_token, seen = now() WHERE known.writer = by AND NOT known.fenced; ` +
          "IF FOUND THEN RETURN true; END IF; " +
          `INSERT INTO ${writers} AS known (writer, token) VALUES (by, as_token) ON CONFLICT (writer) ` +
          "DO UPDATE SET token = excluded.token, seen = now() WHERE NOT known.fenced; " +
          "IF NOT FOUND THEN RAISE EXCEPTION 'given up' USING ERRCODE = 'CU002'; END IF; RETURN true;",
      ),
      createFunction(
        `${this.own("settle")}(by text, as_token bigint, wait_ms integer) RETURNS boolean`,
        "",
        "PERFORM set_config('lock_timeout', wait_ms::text, true); " +
          `INSERT INTO ${writers} AS known (writer, fenced) VALUES (by, true) ON CONFLICT (writer) ` +
          "DO UPDATE SET fenced = true WHERE known.token IS DISTINCT FROM as_token; " +
          "RETURN NOT FOUND;",
      ),
      createFunction(
        `${this.untokenise}() RETURNS trigger`,
        "",
        "NEW._search := NULL; RETURN NEW;",
      ),
    ];
  }
}

function createFunction(head: string, declare: string, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${head} LANGUAGE plpgsql AS $cutover$ ${declare} BEGIN ${body} END $cutover$`;
}

/** @throws StorageError CONFIG_INVALID for a name that could not be quoted safely */
export function checkSchemaName(schema: string): void {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith("pg_")) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `schema ${JSON.stringify(schema)}: use a lower-case letter or _, then at most 62 letters, digits or _, not pg_…`,
  );
}
