import type { OrderTerm, Scalar } from "@cutover/core";
import { columnOf } from "../layout/table-layout.ts";
import type { Comparing } from "./dialect.ts";
import type { SqlScope } from "./predicate.ts";
import { quote, quoteAll, type SqlValue } from "./statement.ts";

type Values = readonly (Scalar | null)[];

/** `ORDER BY` of an order's terms: null first ascending, last descending. */
export function orderSql({ layout, dialect }: SqlScope, terms: readonly OrderTerm[]): string {
  const { ascending, descending } = dialect.nulls;
  return terms
    .map(({ field, descending: down }) => {
      const nulls = down ? descending : ascending;
      return `${quote(columnOf(layout, field))}${down ? " DESC" : ""}${nulls}`;
    })
    .join(", ");
}

/** The shape of an order. */
export function orderShape(terms: readonly OrderTerm[]): string {
  return terms.map((term) => (term.descending ? "-" : "+") + term.field.member).join(",");
}

/**
 * One run of the records that come after a cursor, all of which share the values of `equal`
 * leading terms. Every run is a range of an index over the terms, which one condition for all of
 * them, joined by OR, would not be.
 */
interface Segment {
  readonly equal: number;
  readonly step: "greater" | "less" | "not-null" | "null";
}

function stepsOf(term: OrderTerm, value: Scalar | null): readonly Segment["step"][] {
  if (term.descending) return value === null ? [] : ["less", "null"];
  return [value === null ? "not-null" : "greater"];
}

/** The runs that come after a cursor, nearest first. */
export function segmentsAfter(terms: readonly OrderTerm[], values: Values): readonly Segment[] {
  const segments: Segment[] = [];
  for (let equal = terms.length - 1; equal >= 0; equal--) {
    const term = terms[equal];
    if (term === undefined) continue;
    // The key is never null, so nothing lies behind its last value.
    const steps = stepsOf(term, values[equal] ?? null).filter(
      (step) => term.field.member !== "$key" || step !== "null",
    );
    for (const step of steps) segments.push({ equal, step });
  }
  return mergedRange(terms, values) ? [{ equal: 0, step: "greater" }] : segments;
}

/** Ascending terms without nulls are one range of an index: a comparison of rows. */
function mergedRange(terms: readonly OrderTerm[], values: Values): boolean {
  return terms.every((term, index) => !term.descending && (values[index] ?? null) !== null);
}

const steps: Readonly<Record<Segment["step"], (column: string, operand: string) => string>> = {
  greater: (column, operand) => `${column} > ${operand}`,
  less: (column, operand) => `${column} < ${operand}`,
  "not-null": (column) => `${column} IS NOT NULL`,
  null: (column) => `${column} IS NULL`,
};

const lastSteps = { greater: "gt", less: "lt", "not-null": "eq", null: "eq" } as const;

/** The condition of a run. */
export function segmentSql(
  segment: Segment,
  cursor: { readonly terms: readonly OrderTerm[]; readonly values: Values },
  { layout, dialect }: SqlScope,
): string {
  const { terms, values } = cursor;
  const columns = terms.map((term) => columnOf(layout, term.field));
  if (mergedRange(terms, values)) {
    return `(${quoteAll(columns)}) > (${columns.map(() => dialect.operand).join(", ")})`;
  }
  const equal = columns
    .slice(0, segment.equal)
    .map((column, index) =>
      values[index] === null ? `${quote(column)} IS NULL` : `${quote(column)} = ${dialect.operand}`,
    );
  const last = steps[segment.step](quote(columns[segment.equal] ?? ""), dialect.operand);
  return [...equal, last].join(" AND ");
}

/** Adds the parameters of {@link segmentSql}. */
export function bindSegment(
  segment: Segment,
  cursor: { readonly terms: readonly OrderTerm[]; readonly values: Values },
  { scope, parameters }: { readonly scope: SqlScope; readonly parameters: SqlValue[] },
): void {
  const { terms, values } = cursor;
  const merged = mergedRange(terms, values);
  const takes = segment.step === "greater" || segment.step === "less";
  const used = merged ? terms : terms.slice(0, segment.equal + (takes ? 1 : 0));
  for (const [index, { field }] of used.entries()) {
    const value = values[index] ?? null;
    const comparing: Comparing = index < segment.equal ? "eq" : lastSteps[segment.step];
    if (value !== null) parameters.push(scope.dialect.operandOf(field, comparing, value));
  }
}

/** What varies in the SQL of a cursor's runs: which values are null. */
export function cursorShape(values: Values): string {
  return values.map((value) => (value === null ? "0" : "1")).join("");
}
