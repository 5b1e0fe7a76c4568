import type { Field } from "@cutover/core";
import { columnOf, ownColumns } from "../layout/table-layout.ts";
import { expiredSql } from "./expiry.ts";
import type { SqlScope } from "./predicate.ts";
import { tableName } from "./select.ts";
import { quote, quoteAll, statement, type Statement } from "./statement.ts";

/** The statements of one table whose shape never changes. Parameters are named in brackets. */
export interface TableStatements {
  /** Selects all columns of a record but its key. [key] */
  readonly get: Statement;
  /** [list of keys] */
  readonly getMany: Statement;
  /**
   * As {@link get}, a row for each key of a list, in its order; undefined where there is only
   * {@link getMany}. The last cell is NULL where the key is not there, and the number 0 where it is
   * and the cell is NULL. [list of keys]
   */
  readonly getListed: Statement | undefined;
  /** Does nothing where the key is there. [cells] */
  readonly insert: Statement;
  /** Inserts at a given place. [position, cells] */
  readonly insertAt: Statement;
  /**
   * Inserts, or changes a record whose indexed cells stay as they are, which leaves every index
   * alone; undefined where nothing is indexed. [cells]
   */
  readonly upsertNarrow: Statement | undefined;
  /** Inserts, or changes what differs; an equal record is not written at all. [cells] */
  readonly upsert: Statement;
  /** [key] */
  readonly remove: Statement;
  readonly clear: Statement;
  /** First and last position. */
  readonly bounds: Statement;
  /** Returns the rows removed. [the value of `instantAfter`]; undefined where records never expire */
  readonly removeExpired: Statement | undefined;
  readonly countAll: Statement;
  /** To be run after {@link insertAt} of everything; undefined where there is nothing to do. */
  readonly tidySearch: Statement | undefined;
  /** One row if there is any. */
  readonly any: Statement;
}

/** The columns that are written, in the order of the cells. */
export function writtenColumns({ layout }: SqlScope): readonly string[] {
  return layout.searched ? [...layout.columns, ownColumns.search] : layout.columns;
}

/** Columns that an index, a constraint or the full-text index depends on. */
function indexedColumns(scope: SqlScope): ReadonlySet<string> {
  const { definition } = scope.layout;
  const groups: (readonly Field[])[] = [
    ...definition.unique.map((constraint) => constraint.fields),
    ...definition.indexes,
    definition.search,
    definition.expiry === undefined ? [] : [definition.expiry],
  ];
  const columns = new Set(groups.flat().map((field) => columnOf(scope.layout, field)));
  if (scope.layout.searched) columns.add(ownColumns.search);
  columns.delete(scope.layout.keyColumn);
  return columns;
}

interface UpsertColumns {
  readonly set: readonly string[];
  readonly unchanged: readonly string[];
}

function upsertSql(insert: string, scope: SqlScope, { set, unchanged }: UpsertColumns): string {
  const { dialect, layout } = scope;
  const { keyColumn } = layout;
  const table = tableName(scope);
  const sides = (column: string): [string, string] => [
    `${table}.${quote(column)}`,
    `excluded.${quote(column)}`,
  ];
  const differs = set.map((column) => dialect.differs(...sides(column)));
  const same = unchanged.map((column) => dialect.same(...sides(column)));
  const assignments = set.map((column) => `${quote(column)} = excluded.${quote(column)}`);
  return (
    `${insert} ON CONFLICT (${quote(keyColumn)}) DO UPDATE SET ${assignments.join(", ")} ` +
    `WHERE ${[...same, `(${differs.join(" OR ")})`].join(" AND ")}`
  );
}

function insertSql(scope: SqlScope): string {
  const columns = writtenColumns(scope);
  const table = tableName(scope);
  const cells = columns.map(() => "?").join(", ");
  const place = scope.dialect.position(scope.layout);
  if (place === undefined) return `INSERT INTO ${table} (${quoteAll(columns)}) VALUES (${cells})`;
  const position = quote(ownColumns.position);
  return `INSERT INTO ${table} (${position}, ${quoteAll(columns)}) VALUES (${place}, ${cells})`;
}

function upserts(scope: SqlScope): Pick<TableStatements, "upsert" | "upsertNarrow"> {
  const insert = insertSql(scope);
  const set = writtenColumns(scope).filter((column) => column !== scope.layout.keyColumn);
  const indexed = indexedColumns(scope);
  const narrow = {
    set: set.filter((column) => !indexed.has(column)),
    unchanged: set.filter((column) => indexed.has(column)),
  };
  return {
    upsert: statement(upsertSql(insert, scope, { set, unchanged: [] })),
    upsertNarrow:
      indexed.size === 0 || !scope.dialect.narrowUpserts
        ? undefined
        : statement(upsertSql(insert, scope, narrow)),
  };
}

function listedSql(scope: SqlScope): string | undefined {
  const { layout, dialect } = scope;
  const rows = dialect.listedRows?.(layout.name, layout.keyColumn);
  if (rows === undefined) return undefined;
  // A list of keys has columns of its own, which may be called the same.
  const [key = "", ...cells] = layout.columns.map(
    (column) => `${tableName(scope)}.${quote(column)}`,
  );
  const last = cells.pop() ?? "";
  const marked = `CASE WHEN ${last} IS NULL AND ${key} IS NOT NULL THEN 0 ELSE ${last} END AS _last`;
  return `SELECT ${[...cells, marked].join(", ")} FROM ${rows}`;
}

/** Builds the statements of a table. */
export function tableStatements(scope: SqlScope): TableStatements {
  const { layout, dialect } = scope;
  const table = tableName(scope);
  const key = quote(layout.keyColumn);
  const position = quote(ownColumns.position);
  const written = writtenColumns(scope);
  const qualified = layout.columns.map((column) => `${table}.${quote(column)}`).join(", ");
  const expired = expiredSql(scope);
  const listed = listedSql(scope);
  return {
    get: statement(`SELECT ${quoteAll(layout.columns.slice(1))} FROM ${table} WHERE ${key} = ?`),
    getListed: listed === undefined ? undefined : statement(listed),
    getMany: statement(
      `SELECT ${qualified} FROM ${dialect.keyedRows(layout.name, layout.keyColumn)}`,
    ),
    insert: statement(`${insertSql(scope)} ON CONFLICT (${key}) DO NOTHING`),
    insertAt: statement(
      `INSERT INTO ${table} (${quoteAll([ownColumns.position, ...written])}) ` +
        `VALUES (?, ${written.map(() => "?").join(", ")})`,
    ),
    ...upserts(scope),
    remove: statement(`DELETE FROM ${table} WHERE ${key} = ?`),
    clear: statement(`DELETE FROM ${table}`),
    bounds: statement(
      `SELECT (SELECT min(${position}) FROM ${table}) AS low, (SELECT max(${position}) FROM ${table}) AS high`,
    ),
    removeExpired:
      expired === undefined
        ? undefined
        : statement(`DELETE FROM ${table} WHERE ${expired} RETURNING ${quoteAll(layout.columns)}`),
    tidySearch:
      layout.searched && dialect.tidySearch !== undefined
        ? statement(dialect.tidySearch(layout.name))
        : undefined,
    countAll: statement(`SELECT count(*) FROM ${table}`),
    any: statement(`SELECT 1 FROM ${table} LIMIT 1`),
  };
}
