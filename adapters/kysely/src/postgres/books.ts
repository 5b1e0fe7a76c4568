import { StorageError } from "@cutover/core";
import { literal, statement, type Statement } from "../sql/statement.ts";
import type { EngineCapabilities } from "./engine.ts";
import { FunctionTurns } from "./function-turns.ts";
import { OwnNames } from "./own-names.ts";
import { createFunction } from "./plpgsql.ts";
import { RowTurns } from "./row-turns.ts";
import { wholeCreation } from "./schema-compiler.ts";
import type { Turns } from "./turns.ts";

/** The layout this code writes. Newer ones are left alone. */
export const layoutVersion = 5;

/** Our own tables and functions in a schema, and the statements about them. */
export class Books {
  readonly schema: string;
  readonly version: Statement;
  readonly list: Statement;
  readonly save: Statement;
  readonly touch: Statement;
  readonly forget: Statement;
  readonly turns: Turns;
  private readonly names: OwnNames;
  private readonly functions: boolean;
  private readonly domains: boolean;

  constructor(schema: string, { advisoryLocks, functions, domains }: EngineCapabilities) {
    this.schema = schema;
    this.names = new OwnNames(schema);
    this.functions = functions;
    this.domains = domains;
    // Locks by number are taken by functions; who lacks one of both does without.
    this.turns =
      advisoryLocks && functions ? new FunctionTurns(this.names) : new RowTurns(this.names);
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
    this.forget = statement(
      // Those of processes that ended suddenly go with the next that ends well.
      `DELETE FROM ${this.own("writers")} WHERE writer = ? OR seen < now() - interval '30 days'`,
    );
  }

  private own(name: string): string {
    return this.names.own(name);
  }

  /**
   * The rule by which statements of a searched table that know nothing of tokens remove them;
   * undefined where the engine has no such rules.
   */
  get untokenise(): string | undefined {
    return this.functions ? this.own("untokenise") : undefined;
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

  /** Brings what an older version made up to date: tables that are there stay as they are. */
  upgrade(nowMs: number): readonly string[] {
    const values = `${layoutVersion}, ${literal(new Date(nowMs).toISOString())}`;
    const { untokenise } = this;
    return [
      `INSERT INTO ${this.own("schema_version")} VALUES (${values}) ON CONFLICT DO NOTHING`,
      ...(this.domains ? [wholeCreation(this.schema)] : []),
      ...this.turns.creation(),
      ...(untokenise === undefined
        ? []
        : [createFunction(`${untokenise}() RETURNS trigger`, "NEW._search := NULL; RETURN NEW;")]),
    ];
  }
}

/** @throws StorageError CONFIG_INVALID for a name that could not be quoted safely */
export function checkSchemaName(schema: string): void {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith("pg_")) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `schema ${JSON.stringify(schema)}: use a lower-case letter or _, then at most 62 letters, digits or _, not pg_…`,
  );
}
