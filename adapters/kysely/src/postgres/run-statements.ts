import type { SqlTable } from "../driver/sql-table.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { expiredSql } from "../sql/expiry.ts";
import { quote, quoteAll, type Statement } from "../sql/statement.ts";
import { writtenColumns } from "../sql/table-statements.ts";
import { writtenTypes } from "./schema-compiler.ts";

/** What is given for several records: one array a column. Their places come from the order given. */
function given(table: SqlTable): string {
  const columns = writtenColumns(table);
  const arrays = writtenTypes(table.layout).map((type) => `?::${type}[]`);
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

/** Inserts records, or changes what differs. [an array a column] */
export function putMany(table: SqlTable): Statement {
  return table.shapes.of("put many", () => {
    const key = quote(table.layout.keyColumn);
    const columns = writtenColumns(table).filter((column) => column !== table.layout.keyColumn);
    const differing = columns.map(
      (column) => `stored.${quote(column)} IS DISTINCT FROM excluded.${quote(column)}`,
    );
    const equal = columns.map(
      (column) => `equal.${quote(column)} IS NOT DISTINCT FROM given.${quote(column)}`,
    );
    const set = columns.map((column) => `${quote(column)} = excluded.${quote(column)}`);
    return (
      `${insertion(table)} WHERE NOT EXISTS (SELECT 1 FROM ${table.dialect.table(table.name)} AS equal ` +
      // A record that is there already and equal is not even locked, so nothing has to be committed.
      `WHERE ${[`equal.${key} = given.${key}`, ...equal].join(" AND ")}) ORDER BY _given ` +
      `ON CONFLICT (${key}) DO UPDATE SET ${set.join(", ")} WHERE ${differing.join(" OR ")}`
    );
  });
}

/** Inserts records whose key is free, and returns their keys. [an array a column] */
export function insertMany(table: SqlTable): Statement {
  return table.shapes.of("insert many", () => {
    const key = quote(table.layout.keyColumn);
    return `${insertion(table)} ORDER BY _given ON CONFLICT (${key}) DO NOTHING RETURNING ${key}`;
  });
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
