import type { Bucket, TimestampForm } from "@cutover/core";
import type { SqlValue } from "./statement.ts";

/**
 * Everything in which databases differ for the shared SQL builders. A parameter is written `?`.
 * Expressions are given and returned as SQL text and never hold values.
 */
export interface Dialect {
  /** A parameter to compare a column with. */
  readonly operand: string;
  /** True when `column` is one of the values in one list parameter; see {@link listParameter}. */
  isIn(column: string): string;
  /** Packs a list into one parameter. */
  listParameter(values: readonly SqlValue[]): SqlValue;
  /** True when the text in `column` contains the parameter. */
  contains(column: string): string;
  /** Lowers A to Z and nothing else. */
  lower(column: string): string;
  /** True when `_rest` holds a member, named by a parameter. */
  restHas(restColumn: string): string;
  /** True when `_rest` holds a member, named by a parameter, that is null. */
  restHasNull(restColumn: string): string;
  /** Adds up in at least double precision with compensation; 0 for nothing. */
  total(column: string): string;
  /** The date bucket of a timestamp column, as `bucketOf` names it. */
  bucket(column: string, form: TimestampForm, bucket: Bucket): string;
  /** Something that grows with the instant of a timestamp column; NULL where there is none. */
  instant(column: string, form: TimestampForm): string;
  /** The first value of {@link instant} that lies after the present. */
  instantAfter(form: TimestampForm, presentMs: number): SqlValue;
  /** What finds and ranks search hits as `_hit` and `_score`, and the conditions that remain. */
  ranked(
    table: string,
    conditions: readonly string[],
  ): { readonly hits: string; readonly rest: readonly string[] };
  /** Rows of `table` named by a list parameter of keys, in the order of the list. */
  keyedRows(table: string, keyColumn: string): string;
  /** True when the tokens in `table` match the search parameter; see {@link searchParameter}. */
  searchMatches(table: string): string;
  /** Writes tokens as one search parameter. */
  searchParameter(tokens: readonly string[], prefix: boolean): SqlValue;
}
