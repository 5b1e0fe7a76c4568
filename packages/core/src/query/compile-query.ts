import type { AggregateQuery, OrderBy } from "../backend/storage-backend.ts";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { keyField, type Field } from "../definition/field.ts";
import type { Bucket } from "../definition/timestamp.ts";
import type { AggregatePlan, GroupTerm } from "./aggregate.ts";
import { listOption } from "./check-options.ts";
import { queryField, refuseQuery } from "./compile-filter.ts";
import { tokenise, type SearchTerms } from "./search.ts";
import type { OrderTerm } from "./selection.ts";

/**
 * Checks a limit.
 *
 * @throws StorageError INVALID_QUERY
 */
export function checkLimit(
  definition: CollectionDefinition,
  limit: unknown,
  least: 0 | 1 = 0,
): number | undefined {
  if (limit === undefined) return undefined;
  if (typeof limit === "number" && Number.isSafeInteger(limit) && limit >= least) return limit;
  return refuseQuery(definition, `limit must be a whole number from ${least}`);
}

function comparableField(definition: CollectionDefinition, member: unknown, role: string): Field {
  if (typeof member !== "string") return refuseQuery(definition, `${role} takes names of fields`);
  const field = queryField(definition, member);
  if (field.kind === "json")
    refuseQuery(definition, `${role}: "${member}" is json and cannot be compared`);
  return field;
}

/** Completes an order with the key, so that it is total. */
export function compileOrder(
  definition: CollectionDefinition,
  orderBy: readonly OrderBy[],
): readonly OrderTerm[] {
  if (!Array.isArray(orderBy))
    refuseQuery(definition, "orderBy takes a list of { field, direction }");
  const terms: OrderTerm[] = [];
  for (const { field: member, direction = "asc" } of orderBy) {
    if (direction !== "asc" && direction !== "desc")
      refuseQuery(definition, 'direction must be "asc" or "desc"');
    const field = comparableField(definition, member, "orderBy");
    terms.push({ field, descending: direction === "desc" });
    if (field === keyField) return terms;
  }
  // The key follows the last direction, so that one index can serve both.
  terms.push({ field: keyField, descending: terms.at(-1)?.descending ?? false });
  return terms;
}

/**
 * Cuts the words of a search.
 *
 * @throws StorageError INVALID_QUERY when the collection declares no searched members
 */
export function compileSearch(
  definition: CollectionDefinition,
  words: unknown,
  prefix: boolean,
): SearchTerms {
  if (definition.search.length === 0) refuseQuery(definition, "it declares no `search` members");
  if (typeof words !== "string") return refuseQuery(definition, "search takes a string");
  return { tokens: tokenise(words), prefix };
}

const buckets: readonly Bucket[] = ["year", "month", "day", "hour"];

function groupTerm(definition: CollectionDefinition, group: unknown): GroupTerm {
  if (typeof group === "string") {
    return { field: comparableField(definition, group, "groupBy"), bucket: undefined };
  }
  if (typeof group !== "object" || group === null || !("field" in group) || !("bucket" in group)) {
    return refuseQuery(definition, "groupBy takes names of fields or { field, bucket }");
  }
  const field = comparableField(definition, group.field, "groupBy");
  const bucket = buckets.find((name) => name === group.bucket);
  if (field.kind === "timestamp" && bucket !== undefined) return { field, bucket };
  return refuseQuery(
    definition,
    `groupBy: "${field.member}" must be a timestamp, its bucket ${buckets.join(", ")}`,
  );
}

type FieldTest = (field: Field) => boolean;
const isNumeric: FieldTest = (field) => field.kind === "integer" || field.kind === "real";
const isRanked: FieldTest = (field) => field.kind !== "boolean";

/** Checks an aggregation. @throws StorageError INVALID_QUERY */
export function compileAggregate(
  definition: CollectionDefinition,
  query: AggregateQuery,
): AggregatePlan {
  const fields = (role: "sum" | "avg" | "min" | "max", test: FieldTest): Field[] =>
    listOption(definition, role, query[role]).map((member) => {
      const field = comparableField(definition, member, role);
      if (field === keyField || !test(field))
        refuseQuery(definition, `${role} does not apply to "${field.member}"`);
      return field;
    });
  const groups = listOption(definition, "groupBy", query.groupBy);
  const groupBy = groups.map((group) => groupTerm(definition, group));
  const members = new Set(groupBy.map((term) => term.field.member));
  if (members.size < groupBy.length) refuseQuery(definition, "groupBy names a field twice");
  return {
    groupBy,
    sum: fields("sum", isNumeric),
    avg: fields("avg", isNumeric),
    min: fields("min", isRanked),
    max: fields("max", isRanked),
  };
}
