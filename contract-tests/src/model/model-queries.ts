import type {
  AggregateQuery,
  CollectionDefinition,
  Field,
  Filter,
  GroupBy,
  OrderBy,
  Query,
  SearchQuery,
} from "@cutover/core";
import fc, { type Arbitrary } from "fast-check";
import { fitting, textOperands } from "./model-values.ts";
import { trusted } from "../proof/trusted.ts";

type Operand = string | number | boolean;
const presence = { exists: fc.boolean(), isNull: fc.boolean() };
const compared = ["eq", "ne", "lt", "lte", "gt", "gte"] as const;
const textual = ["startsWith", "contains", "eqIgnoreCase", "containsIgnoreCase"] as const;

function isOperand(value: unknown): value is Operand {
  return ["string", "number", "boolean"].includes(typeof value);
}

// The filter type of collections without a value type cannot express `and`, `or` and `not`.
const joinedBy = (parts: {
  readonly and?: readonly Filter[];
  readonly or?: readonly Filter[];
  readonly not?: Filter;
}): Filter => trusted(parts);

function operands(field: Field): Arbitrary<Operand> {
  const own = fitting(field).filter(isOperand);
  return field.kind === "text" ? fc.oneof(own, textOperands) : own;
}

function condition(field: Field): Arbitrary<Filter> {
  const named = (operator: string, operand: Arbitrary<unknown>): Arbitrary<Filter> =>
    operand.map((value): Filter => ({ [field.member]: { [operator]: value } }));
  const always = Object.entries(presence).map(([operator, operand]) => named(operator, operand));
  if (field.kind === "json") return fc.oneof(...always);
  const operand = operands(field);
  const lists = fc.array(operand, { maxLength: 3 });
  const isText = field.kind === "text" || field.as?.startsWith("iso") === true;
  return fc.oneof(
    ...always,
    ...compared.map((operator) => named(operator, operand)),
    named("in", lists),
    named("notIn", lists),
    ...(isText ? textual.map((operator) => named(operator, textOperands)) : []),
    operand.map((value): Filter => ({ [field.member]: value })),
    fc.tuple(operand, operand).map(([gte, lt]): Filter => ({ [field.member]: { gte, lt } })),
  );
}

function keyCondition(keys: readonly string[]): Arbitrary<Filter> {
  const key = fc.constantFrom(...keys);
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(...compared), key)
      .map(([operator, operand]): Filter => ({ $key: { [operator]: operand } })),
    fc.array(key, { maxLength: 3 }).map((list): Filter => ({ $key: { in: list } })),
    fc
      .tuple(fc.constantFrom(...textual), textOperands)
      .map(([operator, text]): Filter => ({ $key: { [operator]: text } })),
    fc.constantFrom<Filter>({ $key: { exists: true } }, { $key: { isNull: true } }, {}),
  );
}

/** Filters on declared members and on the key, nested a little. */
export function filtersOf(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<Filter> {
  const one = fc.oneof(
    ...Array.from(definition.fields.values(), (field) => ({
      arbitrary: condition(field),
      weight: 2,
    })),
    { arbitrary: keyCondition(keys), weight: 1 },
  );
  const several = fc.array(one, { maxLength: 3 });
  const joined = fc.oneof(
    several.map((and) => joinedBy({ and })),
    several.map((or) => joinedBy({ or })),
    one.map((not) => joinedBy({ not })),
    fc.tuple(one, several).map(([first, or]): Filter => ({ ...first, ...joinedBy({ or }) })),
  );
  return fc.oneof(
    { arbitrary: one, weight: 5 },
    { arbitrary: joined, weight: 3 },
    { arbitrary: joined.map((not) => joinedBy({ not })), weight: 1 },
  );
}

/** Orders by up to two fields, or by the key. */
export function ordersOf(definition: CollectionDefinition): Arbitrary<readonly OrderBy[]> {
  const comparable = Array.from(definition.fields.values())
    .filter((field) => field.kind !== "json")
    .map((field) => field.member);
  const field: Arbitrary<OrderBy["field"]> = fc.constantFrom(...comparable, "$key");
  const term = fc.record(
    { field, direction: fc.constantFrom("asc" as const, "desc" as const) },
    { requiredKeys: ["field"] },
  );
  return fc.array(term, { maxLength: 2 });
}

/** Queries with some of: filter, order, limit. */
export function queriesOf(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<Query> {
  return fc.record(
    { where: filtersOf(definition, keys), orderBy: ordersOf(definition), limit: fc.nat(6) },
    { requiredKeys: [] },
  );
}

/** What a search may have beside its words. */
export function searchesOf(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<SearchQuery> {
  return fc.record(
    { where: filtersOf(definition, keys), limit: fc.nat(4), prefix: fc.boolean() },
    { requiredKeys: [] },
  );
}

const buckets = fc.constantFrom("year" as const, "month" as const, "day" as const, "hour" as const);

function groupOf({ member, kind }: Field): Arbitrary<GroupBy> {
  const bucketed = buckets.map((bucket) => ({ field: member, bucket }));
  return kind === "timestamp" ? fc.oneof(fc.constant(member), bucketed) : fc.constant(member);
}

/** Aggregations over the fields they apply to. */
export function aggregatesOf(
  definition: CollectionDefinition,
  keys: readonly string[],
): Arbitrary<AggregateQuery> {
  const fields = [...definition.fields.values()].filter((field) => field.kind !== "json");
  const some = (test: (field: Field) => boolean): Arbitrary<string[]> =>
    fc.subarray(fields.filter(test).map((field) => field.member));
  const numeric = some((field) => field.kind === "integer" || field.kind === "real");
  const ranked = some((field) => field.kind !== "boolean");
  const groupBy = fc
    .tuple(...fields.map((field) => fc.option(groupOf(field), { freq: 3 })))
    .map((groups) => groups.filter((one) => one !== null).slice(0, 2));
  return fc.record(
    {
      where: filtersOf(definition, keys),
      groupBy,
      sum: numeric,
      avg: numeric,
      min: ranked,
      max: ranked,
    },
    { requiredKeys: ["groupBy"] },
  );
}
