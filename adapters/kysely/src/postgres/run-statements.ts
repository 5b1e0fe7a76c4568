import type { SqlTable } from "../driver/sql-table.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { expiredSql } from "../sql/expiry.ts";
import { quote, quoteAll, type Statement } from "../sql/statement.ts";
import { writtenColumns } from "../sql/table-statements.ts";
import { writtenTypes } from "./schema-compiler.ts";

/** What is given for several records: one array a column. Their places come from the order given. */
function given(table: SqlTable): string {
  const columns = writtenColumns(table);
  const arrays = writtenTypes(table.layout).map((type, index) => `$${index + 1}::${type}[]`);
  return `unnest(${arrays.join(", ")}) WITH ORDINALITY AS given (${quoteAll(columns)}, _given)`;
}

function insertion(table: SqlTable): string {
  const columns = writtenColumns(table);
  const values = columns.map((column) => `given.${quote(column)}`).join(", ");
  return (
    `INSERT INTO ${table.dialect.table(table.name)} AS stored (${quoteAll(columns)}) ` +
    `SELECT ${values} FROM ${given(table)}`
  );
}

/** Inserts a record, or changes one that differs. [cells] */
export function putOne(table: SqlTable): Statement {
  return table.shapes.of("put one", () => {
    const { key, upsert } = putParts(table);
    const name = table.dialect.table(table.name);
    const columns = writtenColumns(table).map(quote);
    const cells = writtenTypes(table.layout).map((type, index) => `$${index + 1}::${type}`);
    const equal = columns.map((column, index) => {
      const same = column === key ? "=" : "IS NOT DISTINCT FROM";
      return `equal.${column} ${same} ${cells[index] ?? "NULL"}`;
    });
    return (
      `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${cells.join(", ")} ` +
      // What is equal is not even locked, so nothing has to be committed.
      `WHERE NOT EXISTS (SELECT FROM ${name} AS equal WHERE ${equal.join(" AND ")}) ${upsert}`
    );
  });
}

/** Inserts records, or changes what differs. [an array a column] */
export function putMany(table: SqlTable): Statement {
  // Where values must not clash, it counts which record comes first.
  return table.definition.unique.length === 0
    ? table.shapes.of("put many", () => changeThenInsert(table))
    : table.shapes.of("put many in order", () => insertOrChange(table));
}

interface PutParts {
  readonly key: string;
  /** All columns but the key. */
  readonly others: readonly string[];
  readonly upsert: string;
}

function putParts(table: SqlTable): PutParts {
  const key = quote(table.layout.keyColumn);
  const others = writtenColumns(table).map(quote);
  others.splice(others.indexOf(key), 1);
  const set = others.map((column) => `${column} = excluded.${column}`);
  return { key, others, upsert: `ON CONFLICT (${key}) DO UPDATE SET ${set.join(", ")}` };
}

/**
 * Changing a record where it lies takes half of the log that inserting over it does, and what is
 * equal is not even locked. Nearly always that is all, and nothing remains to be inserted.
 */
function changeThenInsert(table: SqlTable): string {
  const { key, others, upsert } = putParts(table);
  const name = table.dialect.table(table.name);
  const differing = others.map((column) => `stored.${column} IS DISTINCT FROM given.${column}`);
  const set = others.map((column) => `${column} = given.${column}`);
  return (
    `WITH changed AS (UPDATE ${name} AS stored SET ${set.join(", ")} FROM ${given(table)} ` +
    `WHERE stored.${key} = given.${key} AND (${differing.join(" OR ")}) RETURNING 1) ` +
    `${insertion(table)} WHERE (SELECT count(*) FROM changed) < cardinality($1::text[]) ` +
    `AND NOT EXISTS (SELECT FROM ${name} AS known WHERE known.${key} = given.${key}) ` +
    `ORDER BY _given ${upsert}`
  );
}

function insertOrChange(table: SqlTable): string {
  const { key, others, upsert } = putParts(table);
  const differing = others.map((column) => `stored.${column} IS DISTINCT FROM excluded.${column}`);
  const equal = others.map((column) => `equal.${column} IS NOT DISTINCT FROM given.${column}`);
  return (
    `${insertion(table)} WHERE NOT EXISTS (SELECT 1 FROM ${table.dialect.table(table.name)} AS equal ` +
    // A record that is there already and equal is not even locked, so nothing has to be committed.
    `WHERE ${[`equal.${key} = given.${key}`, ...equal].join(" AND ")}) ORDER BY _given ` +
    `${upsert} WHERE ${differing.join(" OR ")}`
  );
}

/** Inserts records whose key is free, and returns their keys. [an array a column] */
export function insertMany(table: SqlTable): Statement {
  return table.shapes.of("insert many", () => {
    const key = quote(table.layout.keyColumn);
    return `${insertion(table)} ORDER BY _given ON CONFLICT (${key}) DO NOTHING RETURNING ${key}`;
  });
}

/** Takes records into a table that is empty. [cells, as lines] */
export function copyIn(table: SqlTable): Statement {
  return table.shapes.of(
    "copy in",
    () => `COPY ${table.dialect.table(table.name)} (${quoteAll(writtenColumns(table))}) FROM STDIN`,
  );
}

/** Inserts records at given places. [places, an array a column] */
export function insertManyAt(table: SqlTable): Statement {
  return table.shapes.of("insert many at", () => {
    const columns = quoteAll([ownColumns.position, ...writtenColumns(table)]);
    const arrays = ["bigint", ...writtenTypes(table.layout)].map((type) => `?::${type}[]`);
    return `INSERT INTO ${table.dialect.table(table.name)} (${columns}) SELECT * FROM unnest(${arrays.join(", ")})`;
  });
}

/** Deletes records and returns their keys. [keys] */
export function deleteMany(table: SqlTable): Statement {
  return table.shapes.of("delete many", () => {
    const key = quote(table.layout.keyColumn);
    return `DELETE FROM ${table.dialect.table(table.name)} WHERE ${key} = ANY(?) RETURNING ${key}`;
  });
}

/** Deletes those of some records that have expired, and returns their keys. [keys, the present] */
export function deleteExpiredOf(table: SqlTable): Statement | undefined {
  const expired = expiredSql(table);
  if (expired === undefined) return undefined;
  return table.shapes.of("delete expired of", () => {
    const key = quote(table.layout.keyColumn);
    return `DELETE FROM ${table.dialect.table(table.name)} WHERE ${key} = ANY(?) AND ${expired} RETURNING ${key}`;
  });
}

/** Deletes all expired records and returns their keys. [the present] */
export function deleteExpired(table: SqlTable): Statement | undefined {
  const expired = expiredSql(table);
  if (expired === undefined) return undefined;
  return table.shapes.of("delete expired", () => {
    const key = quote(table.layout.keyColumn);
    return `DELETE FROM ${table.dialect.table(table.name)} WHERE ${expired} RETURNING ${key}`;
  });
}
