import type {
  AggregatePlan,
  AggregateRow,
  Field,
  GroupTerm,
  Scalar,
  Selection,
} from "@cutover/core";
import { columnOf } from "../layout/table-layout.ts";
import type { SqlScope } from "./predicate.ts";
import { bindConditions, conditions, tableName, where } from "./select.ts";
import { quote, type Row, type SqlValue } from "./statement.ts";

function groupSql(term: GroupTerm, { layout, dialect }: SqlScope): string {
  const column = quote(columnOf(layout, term.field));
  if (term.bucket === undefined || term.field.as === undefined) return column;
  return dialect.bucket(column, term.field.as, term.bucket);
}

const column = (field: Field): string => quote(field.column);

function figures(plan: AggregatePlan, { dialect }: SqlScope): string[] {
  return [
    "count(*)",
    ...plan.sum.map((field) => dialect.total(column(field))),
    ...plan.avg.map((field) => dialect.average(column(field))),
    ...plan.min.map((field) => `min(${column(field)})`),
    ...plan.max.map((field) => `max(${column(field)})`),
  ];
}

function aggregateSql(selection: Selection, plan: AggregatePlan, scope: SqlScope): string {
  const groups = plan.groupBy.map((term) => groupSql(term, scope));
  // Aliases keep the cells apart where a row is handed over as an object.
  const columns = [...groups, ...figures(plan, scope)].map((sql, index) => `${sql} AS c${index}`);
  const names = groups.map((_, index) => String(index + 1)).join(", ");
  const order = groups.map((_, index) => `${index + 1}${scope.dialect.nulls.ascending}`).join(", ");
  const grouping = groups.length === 0 ? "" : ` GROUP BY ${names} ORDER BY ${order}`;
  return `SELECT ${columns.join(", ")} FROM ${tableName(scope)}${where(conditions(selection, scope))}${grouping}`;
}

const members = (fields: readonly Field[]): string => fields.map((field) => field.column).join(",");

/** An aggregation as SQL. */
export interface AggregateSql {
  readonly shape: string;
  readonly build: () => string;
  readonly parameters: SqlValue[];
}

/** The query for an aggregation. */
export function aggregateQuery(
  selection: Selection,
  plan: AggregatePlan,
  scope: SqlScope,
): AggregateSql {
  const parameters: SqlValue[] = [];
  const found = bindConditions(selection, scope, parameters);
  const groups = plan.groupBy.map((term) => `${term.field.member}@${term.bucket ?? ""}`).join(",");
  const parts = [plan.sum, plan.avg, plan.min, plan.max].map(members);
  return {
    shape: `aggregate ${JSON.stringify([groups, ...parts])} ${found}`,
    build: () => aggregateSql(selection, plan, scope),
    parameters,
  };
}

function groupScalar(term: GroupTerm, cell: SqlValue | undefined): Scalar | null {
  if (cell === null || cell === undefined) return null;
  return term.field.kind === "boolean" ? cell === 1 : cell;
}

const number = (cell: SqlValue): number | null => (cell === null ? null : Number(cell));

/** Reads one row of {@link aggregateQuery}. */
export function aggregateRow(plan: AggregatePlan, row: Row): AggregateRow {
  let place = 0;
  const next = (): SqlValue => row[place++] ?? null;
  const named = <T>(fields: readonly Field[], read: (cell: SqlValue) => T): Record<string, T> =>
    Object.fromEntries(fields.map((field) => [field.member, read(next())]));
  const group = Object.fromEntries(
    plan.groupBy.map((term) => [term.field.member, groupScalar(term, next())]),
  );
  return {
    group,
    count: Number(next()),
    sum: named(plan.sum, Number),
    avg: named(plan.avg, number),
    min: named(plan.min, (cell) => cell),
    max: named(plan.max, (cell) => cell),
  };
}
