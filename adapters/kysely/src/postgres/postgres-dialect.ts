import type { Bucket, TimestampForm } from "@cutover/core";
import { ownColumns } from "../layout/table-layout.ts";
import type { Dialect } from "../sql/dialect.ts";
import { bucketLengths, firstInstant, instantAfter, isEpoch } from "../sql/instants.ts";
import { literal, quote } from "../sql/statement.ts";
import { arrayLiteral } from "./array-literal.ts";
import type { EngineCapabilities } from "./engine.ts";
import { operandOf } from "./operand.ts";
import { hitsSql, matchSql, queryText, scanSql, wordsParameter } from "./search-sql.ts";

const bucketFormats: Readonly<Record<Bucket, string>> = {
  year: "YYYY",
  month: "YYYY-MM",
  day: "YYYY-MM-DD",
  hour: 'YYYY-MM-DD"T"HH24',
};

/** The year 1 begins; Postgres calls the one before it 1 BC. Seconds. */
const yearOne = -62_135_596_800;
/** After so many seconds, 400 years, the calendar repeats itself. */
const calendarCycle = 12_622_780_800;

/** Multiplied exactly as core does, so that both see the same double. */
const milliseconds = (column: string, form: TimestampForm): string =>
  form === "epoch-s" ? `(${column} * 1000.0::float8)` : column;

function epochBucket(column: string, form: TimestampForm, bucket: Bucket): string {
  const seconds = `floor(floor(${milliseconds(column, form)}) / 1000.0::float8)`;
  const at = (instant: string): string =>
    `to_char(to_timestamp(${instant}) AT TIME ZONE 'UTC', ${literal(bucketFormats[bucket])})`;
  return (
    `(CASE WHEN ${seconds} < ${yearOne} THEN '0000' || substr(${at(`${seconds} + ${calendarCycle}`)}, 5) ` +
    `ELSE ${at(seconds)} END COLLATE "C")`
  );
}

/** `2025-11-29T10:00:00.123`: always three fraction digits, so that text compares as time does. */
function isoInstant(column: string): string {
  const fraction = `substr(rtrim(substr(${column}, 21, 3), 'Z') || '000', 1, 3)`;
  return (
    `(CASE WHEN ${column} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' ` +
    `THEN substr(${column}, 1, 19) || '.' || ${fraction} END)`
  );
}

function epochInstant(column: string, form: TimestampForm): string {
  const instant = milliseconds(column, form);
  return `(CASE WHEN ${instant} >= ${firstInstant}.0::float8 THEN ${instant} END)`;
}

/** Exact: as the decimal numbers that were written, whatever their order. */
const exactly = (column: string): string => `((${column})::text)::numeric`;

type SearchDialect = Pick<Dialect, "ranked" | "searchMatches" | "searchParameters">;

const search = quote(ownColumns.search);
const position = quote(ownColumns.position);

const indexedSearch = (table: Dialect["table"]): SearchDialect => ({
  ranked: (name, conditions) => ({
    hits: hitsSql(table(name), { search, position }),
    rest: conditions.slice(1),
  }),
  searchMatches: () => matchSql(search),
  searchParameters: (tokens, prefix) => [queryText(tokens, prefix), wordsParameter(tokens, prefix)],
});

/** Every record is looked at; nothing is ranked, which `capabilities.relevance` says. */
const scannedSearch = (table: Dialect["table"]): SearchDialect => ({
  ranked: (name, conditions) => ({
    hits: `SELECT ${position} AS _hit, 0 AS _score FROM ${table(name)} WHERE ${scanSql(search)}`,
    rest: conditions.slice(1),
  }),
  searchMatches: () => scanSql(search),
  searchParameters: (tokens, prefix) => [wordsParameter(tokens, prefix)],
});

/** The side of the shared SQL builders for Postgres, of tables in one schema. */
export function postgresDialect(schema: string, { textSearch }: EngineCapabilities): Dialect {
  const table = (name: string): string => `${quote(schema)}.${quote(name)}`;
  return {
    nulls: { ascending: " NULLS FIRST", descending: " NULLS LAST" },
    narrowUpserts: false,
    table,
    // The column's default says it.
    position: () => undefined,
    same: (left, right) => `${left} IS NOT DISTINCT FROM ${right}`,
    differs: (left, right) => `${left} IS DISTINCT FROM ${right}`,
    operand: "?",
    operandOf,
    isIn: (column) => `${column} = ANY(?)`,
    listParameter: arrayLiteral,
    contains: (column) => `strpos(${column}, ?) > 0`,
    // The collation knows no letters beyond ASCII, so that no others are lowered.
    lower: (column) => `lower(${column} COLLATE "C")`,
    restHas: (rest) => `(${rest}::json -> 'members' -> ?::text) IS NOT NULL`,
    restHasNull: (rest) =>
      `coalesce(json_typeof(${rest}::json -> 'members' -> ?::text) = 'null', false)`,
    total: (column) => `coalesce(sum(${exactly(column)}), 0)`,
    average: (column) => `avg(${exactly(column)})`,
    bucket: (column, form, bucket) =>
      isEpoch(form)
        ? epochBucket(column, form, bucket)
        : `substr(${column}, 1, ${bucketLengths[bucket]})`,
    instant: (column, form) => (isEpoch(form) ? epochInstant(column, form) : isoInstant(column)),
    instantAfter,
    keyedRows: (name, keyColumn) =>
      `unnest(?::text[]) WITH ORDINALITY AS wanted (value, place) ` +
      `JOIN ${table(name)} ON ${table(name)}.${quote(keyColumn)} = wanted.value ORDER BY wanted.place`,
    searchHits: () => undefined,
    ...(textSearch ? indexedSearch : scannedSearch)(table),
  };
}
