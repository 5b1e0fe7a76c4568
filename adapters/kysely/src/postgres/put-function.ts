import type { SqlTable } from "../driver/sql-table.ts";
import { literal, quote, type Statement } from "../sql/statement.ts";
import { writtenColumns } from "../sql/table-statements.ts";
import { shortName } from "./own-names.ts";
import { createFunction } from "./plpgsql.ts";
import { writtenTypes } from "./schema-compiler.ts";

/** What is given beside the cells: digest of the definition, patience in milliseconds, writer, token. */
const otherTypes = ["text", "integer", "text", "bigint"];

/** The server takes no more; see FUNC_MAX_ARGS. */
const mostArguments = 100;

/** Names of the schema that a {@link putFunction} stands on. */
export interface PutSurroundings {
  readonly collections: string;
  readonly writers: string;
  /** The function that signs, whether there is a row of this writer or not. */
  readonly signed: string;
  /** The number of the collection's lock. */
  readonly lockKey: string;
}

function nameOf(table: SqlTable): string {
  return table.dialect.table(shortName(`${table.name}$put`));
}

function isTooWide({ layout }: SqlTable): boolean {
  return layout.columns.length + Number(layout.searched) + otherTypes.length > mostArguments;
}

function argumentTypes(table: SqlTable): readonly string[] {
  return [...writtenTypes(table.layout), ...otherTypes];
}

/** Calls the function. [cells, digest, patience, writer, token]; undefined where there is none */
export function putCall(table: SqlTable): Statement | undefined {
  if (isTooWide(table)) return undefined;
  return table.shapes.of("put call", () => {
    const given = argumentTypes(table).map((type, index) => `$${index + 1}::${type}`);
    return `SELECT ${nameOf(table)}(${given.join(", ")})`;
  });
}

/**
 * A function that writes one record: it takes the collection's lock beside others, looks whether the
 * definition still holds, changes or inserts the record unless it is equal, and signs. One statement
 * with everything in it takes the server longer, for it makes all parts ready, also those that it
 * then does not need; several statements have to be sent and answered.
 *
 * @returns what makes it, in place of an older one; empty where it would have too many arguments
 */
export function putFunction(table: SqlTable, schema: PutSurroundings): readonly string[] {
  if (isTooWide(table)) return [];
  const name = nameOf(table);
  const head = `${name}(${argumentTypes(table).join(", ")}) RETURNS void`;
  // Another definition has other arguments, and would be another function of the same name.
  return [`DROP FUNCTION IF EXISTS ${name}`, createFunction(head, putBody(table, schema))];
}

function putBody(
  table: SqlTable,
  { collections, writers, signed, lockKey }: PutSurroundings,
): string {
  const columns = writtenColumns(table).map(quote);
  const keyColumn = quote(table.layout.keyColumn);
  const cell = (column: string): string => `$${columns.indexOf(column) + 1}`;
  const [digest, patience, writer, token] = otherTypes.map(
    (_, index) => `$${columns.length + index + 1}`,
  );
  const others = columns.filter((column) => column !== keyColumn);
  const change = others.map((column) => `${column} = ${cell(column)}`);
  const differing = others.map((column) => `stored.${column} IS DISTINCT FROM ${cell(column)}`);
  const equal = others.map((column) => `stored.${column} IS NOT DISTINCT FROM ${cell(column)}`);
  const name = table.dialect.table(table.name);
  const here = `stored.${keyColumn} = ${cell(keyColumn)}`;
  return [
    `PERFORM set_config('lock_timeout', ${patience}::text, true);`,
    // An expression costs less than a statement, which only has to wait.
    `IF NOT pg_try_advisory_xact_lock_shared(${lockKey}) THEN PERFORM pg_advisory_xact_lock_shared(${lockKey}); END IF;`,
    `PERFORM 1 FROM ${collections} AS known WHERE known.name = ${literal(table.name)} AND known.digest = ${digest};`,
    "IF NOT FOUND THEN RAISE EXCEPTION 'another definition' USING ERRCODE = 'CU001'; END IF;",
    `UPDATE ${name} AS stored SET ${change.join(", ")} WHERE ${here} AND (${differing.join(" OR ")});`,
    "IF NOT FOUND THEN",
    // One that is there and differs may just have been inserted: that found nothing, so this comes behind.
    `IF EXISTS (SELECT FROM ${name} AS stored WHERE ${here} AND ${equal.join(" AND ")}) THEN RETURN; END IF;`,
    `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(cell).join(", ")}) ` +
      `ON CONFLICT (${keyColumn}) DO UPDATE SET ${change.join(", ")};`,
    "END IF;",
    `UPDATE ${writers} AS known SET token = ${token}, seen = now() WHERE known.writer = ${writer} AND NOT known.fenced;`,
    `IF NOT FOUND THEN PERFORM ${signed}(${writer}, ${token}); END IF;`,
  ].join(" ");
}
