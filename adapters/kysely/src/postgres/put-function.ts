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
 * A function that writes one record: it takes the collection's lock beside others, changes or
 * inserts the record unless it is equal, signs, and looks whether the definition still holds. One statement
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
  const { declarations, statements } = putBody(table, schema);
  return [`DROP FUNCTION IF EXISTS ${name}`, createFunction(head, statements, declarations)];
}

function putBody(
  table: SqlTable,
  { collections, writers, signed, lockKey }: PutSurroundings,
): { readonly declarations: string; readonly statements: string } {
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
  const known = `EXISTS (SELECT FROM ${collections} AS known WHERE known.name = ${literal(table.name)} AND known.digest = ${digest})`;
  // An expression costs less than a statement: how long the wait may take, and whether there is any.
  const declarations = `DECLARE waits text := set_config('lock_timeout', ${patience}::text, true);`;
  const statements = [
    `IF NOT pg_try_advisory_xact_lock_shared(${lockKey}) THEN PERFORM pg_advisory_xact_lock_shared(${lockKey}); END IF;`,
    `UPDATE ${name} AS stored SET ${change.join(", ")} WHERE ${here} AND (${differing.join(" OR ")});`,
    "IF NOT FOUND THEN",
    // One that is there and differs may just have been inserted: that found nothing, so this comes behind.
    `IF EXISTS (SELECT FROM ${name} AS stored WHERE ${here} AND ${equal.join(" AND ")}) AND ${known} THEN RETURN; END IF;`,
    `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(cell).join(", ")}) ` +
      `ON CONFLICT (${keyColumn}) DO UPDATE SET ${change.join(", ")};`,
    "END IF;",
    // The definition is looked at last, in a statement that is made anyway: an error undoes the rest.
    `UPDATE ${writers} AS signing SET token = ${token}, seen = now() ` +
      `WHERE signing.writer = ${writer} AND NOT signing.fenced AND ${known};`,
    "IF NOT FOUND THEN",
    `IF NOT ${known} THEN RAISE EXCEPTION 'another definition' USING ERRCODE = 'CU001'; END IF;`,
    `PERFORM ${signed}(${writer}, ${token});`,
    "END IF;",
  ].join(" ");
  return { declarations, statements };
}
