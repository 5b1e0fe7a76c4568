import type { ScanDirection, Selection } from "@cutover/core";
import { ownColumns } from "../layout/table-layout.ts";
import { bindExpiry, unexpiredSql } from "./expiry.ts";
import {
  bindSegment,
  cursorShape,
  orderShape,
  orderSql,
  segmentsAfter,
  segmentSql,
} from "./order.ts";
import { bindPredicate, predicateSql, type SqlScope } from "./predicate.ts";
import { quote, quoteAll, type SqlValue } from "./statement.ts";

/** The table of a scope, as SQL names it. */
export function tableName({ layout, dialect }: SqlScope): string {
  return dialect.table(layout.name);
}

/** Conditions that a selection puts on records, its order, cursor and limit aside. */
export function conditions(selection: Selection, scope: SqlScope): string[] {
  const found: string[] = [];
  if (selection.search !== undefined) found.push(scope.dialect.searchMatches(scope.layout.name));
  if (selection.predicate !== undefined) found.push(predicateSql(selection.predicate, scope));
  const unexpired = unexpiredSql(scope);
  if (unexpired !== undefined) found.push(unexpired);
  return found;
}

/** Adds the parameters of {@link conditions}. @returns their shape */
export function bindConditions(
  selection: Selection,
  scope: SqlScope,
  parameters: SqlValue[],
): string {
  const { search, predicate } = selection;
  if (search !== undefined)
    parameters.push(...scope.dialect.searchParameters(search.tokens, search.prefix));
  const shape = predicate === undefined ? "" : bindPredicate(predicate, scope, parameters);
  bindExpiry(scope, selection.nowMs, parameters);
  return search === undefined ? shape : `search ${shape}`;
}

/** `WHERE` of some conditions, or nothing. */
export function where(found: readonly string[]): string {
  return found.length === 0 ? "" : ` WHERE ${found.join(" AND ")}`;
}

/** A query for records. */
export interface SelectQuery {
  readonly shape: string;
  readonly build: () => string;
  readonly parameters: SqlValue[];
  /** The rows come in any order, with their position last, and have to be put by it. */
  readonly unordered: boolean;
}

function columnsOf({ layout }: SqlScope): string {
  return quoteAll(layout.columns);
}

function placedColumnsOf({ layout }: SqlScope): string {
  return quoteAll([...layout.columns, ownColumns.position]);
}

const limitSql = ({ limit }: Selection, scope: SqlScope): string =>
  limit === undefined ? "" : ` LIMIT ${scope.dialect.operand}`;

/** Records as they lie in the collection. Without a limit, ordering them is quicker outside SQL. */
function positionSql(selection: Selection, scope: SqlScope): string {
  if (selection.search !== undefined && selection.limit !== undefined) {
    const hits = scope.dialect.searchHits(scope.layout.name);
    if (hits !== undefined) return firstHitsSql(selection, scope, hits);
  }
  const source = ` FROM ${tableName(scope)}${where(conditions(selection, scope))}`;
  return selection.limit === undefined
    ? `SELECT ${placedColumnsOf(scope)}${source}`
    : `SELECT ${columnsOf(scope)}${source} ORDER BY ${quote(ownColumns.position)}${limitSql(selection, scope)}`;
}

/** The first hits of a search: the index hands them out by position, and reading ends with the limit. */
function firstHitsSql(selection: Selection, scope: SqlScope, hits: string): string {
  const [, ...rest] = conditions(selection, scope);
  return (
    `SELECT ${columnsOf(scope)} FROM (${hits}) CROSS JOIN ` +
    `${tableName(scope)}${where([`${quote(ownColumns.position)} = _hit`, ...rest])} ORDER BY _hit${limitSql(selection, scope)}`
  );
}

function relevanceSql(selection: Selection, scope: SqlScope): string {
  const { hits, rest } = scope.dialect.ranked(scope.layout.name, conditions(selection, scope));
  const position = quote(ownColumns.position);
  return (
    `WITH _hits AS MATERIALIZED (${hits}) SELECT ${columnsOf(scope)} FROM _hits ` +
    `JOIN ${tableName(scope)} ON ${position} = _hit${where(rest)} ` +
    `ORDER BY _score, ${position}${limitSql(selection, scope)}`
  );
}

type Terms = Exclude<Selection["order"], string>;

function termsSql(selection: Selection, terms: Terms, scope: SqlScope): string {
  const source = `SELECT ${columnsOf(scope)} FROM ${tableName(scope)}`;
  const order = ` ORDER BY ${orderSql(scope, terms)}`;
  const { after: values } = selection;
  const found = conditions(selection, scope);
  if (values === undefined) return source + where(found) + order + limitSql(selection, scope);
  const runs = segmentsAfter(terms, values).map((segment) => {
    const run = segmentSql(segment, { terms, values }, scope);
    return source + where([run, ...found]) + order + limitSql(selection, scope);
  });
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return only;
  // The runs follow one another and the limit ends the reading: later ones cost nothing if unneeded.
  return `${runs.map((run, index) => `SELECT * FROM (${run}) AS run${index}`).join(" UNION ALL ")}${limitSql(selection, scope)}`;
}

function bindTerms(selection: Selection, terms: Terms, scope: SqlScope): SelectQuery {
  const parameters: SqlValue[] = [];
  const { after: values, limit } = selection;
  const limits = limit === undefined ? [] : [limit];
  let shape = "";
  if (values === undefined) {
    shape = bindConditions(selection, scope, parameters);
    parameters.push(...limits);
  } else {
    const segments = segmentsAfter(terms, values);
    for (const segment of segments) {
      bindSegment(segment, { terms, values }, { scope, parameters });
      shape = bindConditions(selection, scope, parameters);
      parameters.push(...limits);
    }
    if (segments.length > 1) parameters.push(...limits);
    shape += ` after ${cursorShape(values)}`;
  }
  return {
    shape: `${orderShape(terms)}${limits.length} ${shape}`,
    build: () => termsSql(selection, terms, scope),
    parameters,
    unordered: false,
  };
}

/** The query for a selection. @returns undefined when nothing can be found */
export function selectQuery(selection: Selection, scope: SqlScope): SelectQuery | undefined {
  const { order, limit, after } = selection;
  if (typeof order !== "string") {
    if (after !== undefined && segmentsAfter(order, after).length === 0) return undefined;
    return bindTerms(selection, order, scope);
  }
  const parameters: SqlValue[] = [];
  const shape = bindConditions(selection, scope, parameters);
  if (limit !== undefined) parameters.push(limit);
  const build =
    order === "relevance"
      ? () => relevanceSql(selection, scope)
      : () => positionSql(selection, scope);
  return {
    shape: `${order}${limit === undefined ? 0 : 1} ${shape}`,
    build,
    parameters,
    unordered: order === "collection" && limit === undefined,
  };
}

/** The query that counts what a selection finds. */
export function countQuery(selection: Selection, scope: SqlScope): SelectQuery {
  const parameters: SqlValue[] = [];
  const shape = `count ${bindConditions(selection, scope, parameters)}`;
  return {
    shape,
    build: () => `SELECT count(*) FROM ${tableName(scope)}${where(conditions(selection, scope))}`,
    parameters,
    unordered: false,
  };
}

/** A stretch of a table's positions, its beginning not included, and how many rows to take. */
export interface ScanRange {
  readonly from: number;
  readonly to: number;
  readonly direction: ScanDirection;
  readonly limit: number;
}

const directions = {
  forward: { after: ">", upTo: "<=", order: "ASC" },
  backward: { after: "<", upTo: ">=", order: "DESC" },
} as const;

/** The query for one batch of a scan: records in `(from, to]`, by position, which comes last. */
export function scanQuery(selection: Selection, scope: SqlScope, range: ScanRange): SelectQuery {
  const parameters: SqlValue[] = [range.from, range.to];
  const shape = `scan ${range.direction} ${bindConditions(selection, scope, parameters)}`;
  parameters.push(range.limit);
  const { after, upTo, order } = directions[range.direction];
  const position = quote(ownColumns.position);
  return {
    shape,
    build: () =>
      `SELECT ${placedColumnsOf(scope)} FROM ${tableName(scope)}` +
      where([`${position} ${after} ? AND ${position} ${upTo} ?`, ...conditions(selection, scope)]) +
      ` ORDER BY ${position} ${order} LIMIT ${scope.dialect.operand}`,
    parameters,
    unordered: false,
  };
}
