import type { BenchmarkRecord } from "@cutover/fixtures";
import { Client } from "pg";
import { columns, type ModelEntry } from "./models.ts";

const types: Readonly<Record<string, string>> = {
  size_bytes: "bigint",
  rating: "double precision",
  from_download: "boolean",
};
const typeOf = (column: string): string => types[column] ?? 'text COLLATE "C"';
const castOf = (column: string): string => types[column] ?? "text";

/** What one would write by hand: a column a member, nothing else. */
const createTable = `CREATE TABLE models (${columns
  .map((column) => `${column} ${typeOf(column)}${column === "filename" ? " PRIMARY KEY" : ""}`)
  .join(", ")}); CREATE INDEX ON models (hf_repo)`;
const names = columns.join(", ");
const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
const conflict = `ON CONFLICT (filename) DO UPDATE SET ${updates.join(", ")}`;
const places = columns.map((_, index) => `$${index + 1}`).join(", ");
const writers =
  "CREATE TABLE writers (writer text PRIMARY KEY, token bigint) WITH (fillfactor = 50)";
const arrays = columns.map((column, index) => `$${index + 1}::${castOf(column)}[]`).join(", ");
const casts = columns.map((column, index) => `$${index + 1}::${castOf(column)}`).join(", ");

const tuple = (names: readonly string[]): string => `(${names.join(", ")})`;
const given = columns.map((_, index) => `$${index + 1}`);
const changed = columns.slice(1).map((column, index) => `${column} = $${index + 2}`);

/**
 * All that a put has to do by our contract, once on the server, by hand: it waits for nobody for ever,
 * keeps batches out, writes nothing where nothing changes, inserts, signs, and looks whether the table
 * is still the one it was made for.
 */
const putFunction = `
  CREATE TABLE known (name text PRIMARY KEY, digest text);
  INSERT INTO known VALUES ('models', 'as now');
  CREATE FUNCTION put_all(${columns.map(castOf).join(", ")}, text, integer, text, bigint) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE waits text := set_config('lock_timeout', $${columns.length + 2}::text, true);
  BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(1) THEN PERFORM pg_advisory_xact_lock_shared(1); END IF;
    UPDATE models AS stored SET ${changed.join(", ")} WHERE stored.filename = $1
      AND ${tuple(columns.slice(1).map((column) => `stored.${column}`))} IS DISTINCT FROM ${tuple(given.slice(1))};
    IF NOT FOUND THEN INSERT INTO models VALUES (${given.join(", ")}) ON CONFLICT DO NOTHING; END IF;
    UPDATE writers SET token = $${columns.length + 4} WHERE writer = $${columns.length + 3}
      AND EXISTS (SELECT FROM known WHERE name = 'models' AND digest = $${columns.length + 1});
    IF NOT FOUND THEN RAISE EXCEPTION 'another definition, or nobody known'; END IF;
  END $$`;

type Cell = string | number | boolean;

function cellOf(value: BenchmarkRecord, column: (typeof columns)[number]): Cell {
  const member = value[column];
  return typeof member === "object" ? JSON.stringify(member) : member;
}

/** The package `pg` on one connection, with a prepared statement for each thing it is asked. */
export class PlainPostgres implements AsyncDisposable {
  private readonly url: string;
  private client: Client;

  private constructor(url: string) {
    this.url = url;
    this.client = new Client({ connectionString: url });
  }

  static async open(url: string): Promise<PlainPostgres> {
    const plain = new PlainPostgres(url);
    await plain.client.connect();
    return plain;
  }

  /** Goes on with another connection. */
  async reconnect(): Promise<void> {
    await this.client.end();
    this.client = new Client({ connectionString: this.url });
    await this.client.connect();
  }

  async fill(entries: readonly ModelEntry[]): Promise<void> {
    await this.client.query(createTable);
    await this.client.query(writers);
    await this.client.query("INSERT INTO writers VALUES ('one', 0)");
    await this.client.query(putFunction);
    await this.putMany(entries.map(([, value]) => value));
    await this.client.query("VACUUM ANALYZE models");
  }

  async get(key: string): Promise<unknown> {
    const text = `SELECT ${names} FROM models WHERE filename = $1`;
    return (await this.client.query({ name: "get", text, values: [key] })).rows[0];
  }

  async find(type: string, least: number, limit: number): Promise<Record<string, unknown>[]> {
    const text = `SELECT ${names} FROM models WHERE model_type = $1 AND size_bytes >= $2 ORDER BY filename LIMIT $3`;
    return (await this.client.query({ name: "find", text, values: [type, least, limit] })).rows;
  }

  /** The rows as records: the list, which lies there as JSON, is one again. */
  async findRecords(type: string, least: number, limit: number): Promise<unknown> {
    const rows = await this.find(type, least, limit);
    return rows.map((row) => ({ ...row, tags: JSON.parse(String(row["tags"])) }));
  }

  async put(value: BenchmarkRecord): Promise<void> {
    const text = `INSERT INTO models (${names}) VALUES (${places}) ${conflict}`;
    const values = columns.map((column) => cellOf(value, column));
    await this.client.query({ name: "put", text, values });
  }

  /** With a lock that keeps batches out, and a note by which one can ask whether it took place. */
  async putSigned(value: BenchmarkRecord, token: number): Promise<void> {
    const text =
      "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(1)), " +
      `put AS (INSERT INTO models (${names}) SELECT ${casts} FROM locked ${conflict} RETURNING 1) ` +
      `INSERT INTO writers SELECT 'one', $${columns.length + 1}::bigint FROM put ` +
      "ON CONFLICT (writer) DO UPDATE SET token = excluded.token";
    const values = [...columns.map((column) => cellOf(value, column)), token];
    await this.client.query({ name: "putSigned", text, values });
  }

  /** With all that the contract asks for. */
  async putAll(value: BenchmarkRecord, token: number): Promise<void> {
    const text = `SELECT put_all(${given.join(", ")}, $${columns.length + 1}, $${columns.length + 2}, 'one', $${columns.length + 3})`;
    const values = [...columns.map((column) => cellOf(value, column)), "as now", 200, token];
    await this.client.query({ name: "putAll", text, values });
  }

  /** All of them as one statement, which takes a column as an array. */
  async putMany(values: readonly BenchmarkRecord[]): Promise<void> {
    const text = `INSERT INTO models (${names}) SELECT * FROM unnest(${arrays}) ${conflict}`;
    const lists = columns.map((column) => values.map((value) => cellOf(value, column)));
    await this.client.query({ name: "putMany", text, values: lists });
  }

  /** All that is there makes way for these. */
  async replaceAll(values: readonly BenchmarkRecord[]): Promise<void> {
    await this.client.query("BEGIN");
    await this.client.query("DELETE FROM models");
    await this.putMany(values);
    await this.client.query("COMMIT");
  }

  /** All of them one after another, in one transaction. */
  async putEach(values: readonly BenchmarkRecord[]): Promise<void> {
    await this.client.query("BEGIN");
    for (const value of values) await this.put(value);
    await this.client.query("COMMIT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}
