import { foldCase, type Field, type Predicate, type Scalar } from "@cutover/core";
import { columnOf, ownColumns, type TableLayout } from "../layout/table-layout.ts";
import type { Dialect } from "./dialect.ts";
import { quote, type SqlValue } from "./statement.ts";
import { afterPrefix } from "./prefix.ts";

/** Where predicates are compiled for. */
export interface SqlScope {
  readonly layout: TableLayout;
  readonly dialect: Dialect;
}

type Test = Exclude<Predicate, { readonly op: "and" | "or" | "not" }>;
type TextTest = Extract<Test, { readonly text: string }>;
type ComparisonTest = Extract<Test, { readonly operand: Scalar }>;

const comparisonSigns = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

const isKey = (field: Field): boolean => field.member === "$key";

function comparesWith(test: ComparisonTest, column: string, { dialect }: SqlScope): string {
  return `${column} ${comparisonSigns[test.op]} ${dialect.operand}`;
}

/** Text tests: what varies in their shape, their SQL, their parameters. */
const textTests: {
  readonly [Op in TextTest["op"]]: {
    readonly variant: (text: string) => string;
    readonly sql: (column: string, scope: SqlScope, text: string) => string;
    readonly parameters: (text: string) => readonly string[];
  };
} = {
  startsWith: {
    variant: (text) => (text === "" ? "all" : afterPrefix(text) === undefined ? "open" : ""),
    sql: (column, { dialect }, text) => {
      if (text === "") return `${column} IS NOT NULL`;
      const from = `${column} >= ${dialect.operand}`;
      return afterPrefix(text) === undefined
        ? from
        : `(${from} AND ${column} < ${dialect.operand})`;
    },
    parameters: (text) => {
      const end = afterPrefix(text);
      if (text === "") return [];
      return end === undefined ? [text] : [text, end];
    },
  },
  contains: {
    variant: () => "",
    sql: (column, { dialect }) => dialect.contains(column),
    parameters: (text) => [text],
  },
  eqIgnoreCase: {
    variant: () => "",
    sql: (column, { dialect }) => `${dialect.lower(column)} = ${dialect.operand}`,
    parameters: (text) => [foldCase(text)],
  },
  containsIgnoreCase: {
    variant: () => "",
    sql: (column, { dialect }) => dialect.contains(dialect.lower(column)),
    parameters: (text) => [foldCase(text)],
  },
};

/** Members whose column is never NULL are always there and never null. */
function isAlwaysPresent(field: Field, { layout }: SqlScope): boolean {
  return isKey(field) || field.member === layout.definition.keyMember;
}

function presence(field: Field, scope: SqlScope): string {
  if (isAlwaysPresent(field, scope)) return "1 = 1";
  const rest = scope.dialect.restHas(quote(ownColumns.rest));
  return `(${quote(field.column)} IS NOT NULL OR ${rest})`;
}

function nullness(field: Field, scope: SqlScope): string {
  if (isAlwaysPresent(field, scope)) return "1 = 0";
  const column = quote(field.column);
  if (field.kind === "json") return `${column} = 'null'`;
  return `(${column} IS NULL AND ${scope.dialect.restHasNull(quote(ownColumns.rest))})`;
}

/** True or NULL-or-false: fit for a WHERE, and for {@link predicateSql} to negate. */
function testSql(test: Test, scope: SqlScope): string {
  const column = quote(columnOf(scope.layout, test.field));
  switch (test.op) {
    case "in":
      return scope.dialect.isIn(column);
    case "exists":
      return presence(test.field, scope);
    case "isNull":
      return nullness(test.field, scope);
    case "eq":
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return comparesWith(test, column, scope);
    default:
      return textTests[test.op].sql(column, scope, test.text);
  }
}

/** Joins terms as a balanced tree: databases bound the depth of an expression, not its width. */
function joined(terms: readonly string[], operator: string): string {
  const [first] = terms;
  if (terms.length === 1 && first !== undefined) return first;
  const middle = terms.length >> 1;
  const halves = [terms.slice(0, middle), terms.slice(middle)];
  return `(${halves.map((half) => joined(half, operator)).join(` ${operator} `)})`;
}

/** The SQL of a predicate: true where it holds, else false or NULL. */
export function predicateSql(predicate: Predicate, scope: SqlScope): string {
  switch (predicate.op) {
    case "and":
    case "or": {
      const terms = predicate.terms.map((term) => predicateSql(term, scope));
      if (terms.length === 0) return predicate.op === "and" ? "1 = 1" : "1 = 0";
      return joined(terms, predicate.op.toUpperCase());
    }
    case "not":
      // NULL counts as false, and NOT would keep it NULL.
      return `((${predicateSql(predicate.term, scope)}) IS NOT TRUE)`;
    default:
      return testSql(predicate, scope);
  }
}

/** The operands of a list that anything could equal. */
function listed(field: Field, operands: readonly Scalar[], { dialect }: SqlScope): SqlValue[] {
  return operands
    .map((operand) => dialect.operandOf(field, "eq", operand))
    .filter((operand) => operand !== null);
}

function bindTest(test: Test, scope: SqlScope, parameters: SqlValue[]): string {
  switch (test.op) {
    case "in":
      parameters.push(scope.dialect.listParameter(listed(test.field, test.operands, scope)));
      return "";
    case "isNull":
    case "exists":
      if (
        !isAlwaysPresent(test.field, scope) &&
        !(test.op === "isNull" && test.field.kind === "json")
      )
        parameters.push(test.field.member);
      return "";
    case "eq":
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      parameters.push(scope.dialect.operandOf(test.field, test.op, test.operand));
      return "";
    default: {
      const { variant, parameters: operands } = textTests[test.op];
      parameters.push(...operands(test.text));
      return variant(test.text);
    }
  }
}

/**
 * Collects a predicate's parameters in the order in which {@link predicateSql} mentions them.
 *
 * @returns the predicate's shape: equal shapes have equal SQL
 */
export function bindPredicate(
  predicate: Predicate,
  scope: SqlScope,
  parameters: SqlValue[],
): string {
  switch (predicate.op) {
    case "and":
    case "or":
      return `${predicate.op}(${predicate.terms
        .map((term) => bindPredicate(term, scope, parameters))
        .join(",")})`;
    case "not":
      return `not(${bindPredicate(predicate.term, scope, parameters)})`;
    default: {
      const variant = bindTest(predicate, scope, parameters);
      return `${predicate.op}${variant}:${isKey(predicate.field) ? "" : predicate.field.column}`;
    }
  }
}
