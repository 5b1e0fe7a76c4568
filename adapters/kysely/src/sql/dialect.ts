import type { Bucket, Field, Scalar, TimestampForm } from "@cutover/core";
import type { TableLayout } from "../layout/table-layout.ts";
import type { SqlValue } from "./statement.ts";

/** How a column is compared with an operand. */
export type Comparing = "eq" | "lt" | "lte" | "gt" | "gte";

/**
 * Everything in which databases differ for the shared SQL builders. A parameter is written `?`.
 * Expressions are given and returned as SQL text and never hold values.
 */
export interface Dialect {
  /** What is said of nulls so that they come first ascending and last descending. */
  readonly nulls: { readonly ascending: string; readonly descending: string };
  /** Whether changing only columns that no index is over is worth a statement of its own. */
  readonly narrowUpserts: boolean;
  /** A table as statements name it. */
  table(name: string): string;
  /** The place of a new record, where a statement has to say it. */
  position(layout: TableLayout): string | undefined;
  /** True when two expressions are equal or both null. */
  same(left: string, right: string): string;
  /** The opposite of {@link same}. */
  differs(left: string, right: string): string;
  /** A parameter to compare a column with, or to limit by. */
  readonly operand: string;
  /** What that parameter holds for a field; null where no value compares so. */
  operandOf(field: Field, comparing: Comparing, value: Scalar): SqlValue;
  /** True when `column` is one of the values in one list parameter; see {@link listParameter}. */
  isIn(column: string): string;
  /** Packs the keys, or what {@link operandOf} made of a list, into one parameter. */
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
  /** The average; null for nothing. */
  average(column: string): string;
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
  /**
   * As {@link keyedRows}, with a row of nulls for a key that is not there. Left out where telling
   * the rows apart by their keys is as quick.
   */
  readonly listedRows?: (table: string, keyColumn: string) => string;
  /** True when the tokens in `table` match the search parameter; see {@link searchParameters}. */
  searchMatches(table: string): string;
  /**
   * Finds the positions of what {@link searchMatches}, as `_hit`, in their order; undefined where
   * the search index does not have them in that order.
   */
  searchHits(table: string): string | undefined;
  /**
   * Puts the search index of `table` into the form in which it is read quickest, after all that it
   * holds was written anew. Left out where it has only one form.
   */
  readonly tidySearch?: (table: string) => string;
  /** Writes tokens as the parameters of {@link searchMatches}. */
  searchParameters(tokens: readonly string[], prefix: boolean): readonly SqlValue[];
}
