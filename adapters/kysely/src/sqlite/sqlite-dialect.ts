import type { Bucket, TimestampForm } from "@cutover/core";
import type { Dialect } from "../sql/dialect.ts";
import { bucketLengths, firstInstant, instantAfter, isEpoch } from "../sql/instants.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { parameterOf } from "../sql/parameter.ts";
import { literal, quote } from "../sql/statement.ts";

const bucketFormats: Readonly<Record<Bucket, string>> = {
  year: "%Y",
  month: "%Y-%m",
  day: "%Y-%m-%d",
  hour: "%Y-%m-%dT%H",
};

const dateShape = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*";

/** Multiplied exactly as core does, so that both see the same double. */
const milliseconds = (column: string, form: TimestampForm): string =>
  form === "epoch-s" ? `(${column} * 1000.0)` : column;

function epochBucket(column: string, form: TimestampForm, bucket: Bucket): string {
  const seconds = `CAST(floor(floor(${milliseconds(column, form)}) / 1000.0) AS INTEGER)`;
  return `strftime(${literal(bucketFormats[bucket])}, ${seconds}, 'unixepoch')`;
}

/** `2025-11-29T10:00:00.123`: always three fraction digits, so that text compares as time does. */
function isoInstant(column: string): string {
  const fraction = `substr(rtrim(substr(${column}, 21, 3), 'Z') || '000', 1, 3)`;
  return (
    `CASE WHEN ${column} GLOB ${literal(dateShape)} ` +
    `THEN substr(${column}, 1, 19) || '.' || ${fraction} END`
  );
}

function epochInstant(column: string, form: TimestampForm): string {
  const instant = milliseconds(column, form);
  return `CASE WHEN ${instant} >= ${firstInstant}.0 THEN ${instant} END`;
}

/** The full-text index of a table. `$` occurs in no name of a collection or column. */
export function searchTable(table: string): string {
  return `${table}$search`;
}

function searchHits(table: string): string {
  const index = quote(searchTable(table));
  return `SELECT rowid AS _hit FROM ${index} WHERE ${index} MATCH ?`;
}

/** SQLite's side of the shared SQL builders. */
export const sqliteDialect: Dialect = {
  // What SQLite does by itself.
  nulls: { ascending: "", descending: "" },
  narrowUpserts: true,
  table: quote,
  position: ({ name, definition }) => {
    // Appending is what a rowid does by itself.
    if (definition.order === "append") return undefined;
    const position = quote(ownColumns.position);
    return `(SELECT ifnull(min(${position}), 1) - 1 FROM ${quote(name)})`;
  },
  same: (left, right) => `${left} IS ${right}`,
  differs: (left, right) => `${left} IS NOT ${right}`,
  // The sign hides the value from the planner, which would plan anew for every one that it has not
  // seen: with STAT4 those of a column, and always those of a LIMIT.
  operand: "+?",
  operandOf: (_field, _comparing, value) => parameterOf(value),
  isIn: (column) => `${column} IN (SELECT value FROM json_each(?))`,
  listParameter: (values) => JSON.stringify(values),
  contains: (column) => `instr(${column}, ?) > 0`,
  lower: (column) => `lower(${column})`,
  restHas: (rest) =>
    `EXISTS (SELECT 1 FROM json_each(${rest}, '$.members') AS member WHERE member.key = ?)`,
  restHasNull: (rest) =>
    `EXISTS (SELECT 1 FROM json_each(${rest}, '$.members') AS member WHERE member.key = ? AND member.type = 'null')`,
  total: (column) => `total(${column})`,
  average: (column) => `avg(${column})`,
  bucket: (column, form, bucket) =>
    isEpoch(form)
      ? epochBucket(column, form, bucket)
      : `substr(${column}, 1, ${bucketLengths[bucket]})`,
  instant: (column, form) => (isEpoch(form) ? epochInstant(column, form) : isoInstant(column)),
  instantAfter,
  ranked: (table, conditions) => {
    const index = quote(searchTable(table));
    const hits = `SELECT rowid AS _hit, bm25(${index}) AS _score FROM ${index} WHERE ${index} MATCH ?`;
    return { hits, rest: conditions.slice(1) };
  },
  keyedRows: (table, keyColumn) =>
    `json_each(?) AS wanted CROSS JOIN ${quote(table)} ON ${quote(table)}.${quote(keyColumn)} = wanted.value`,
  listedRows: (table, keyColumn) =>
    `json_each(?) AS wanted LEFT JOIN ${quote(table)} ON ${quote(table)}.${quote(keyColumn)} = wanted.value`,
  searchMatches: (table) => `"_position" IN (${searchHits(table)})`,
  searchHits,
  tidySearch: (table) => {
    const index = quote(searchTable(table));
    return `INSERT INTO ${index} (${index}) VALUES ('optimize')`;
  },
  searchParameters: (tokens, prefix) => {
    const quoted = tokens.map((token) => `"${token.replaceAll('"', '""')}"`).join(" ");
    return [prefix ? `${quoted} *` : quoted];
  },
};
