import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { refuseQuery } from "./compile-filter.ts";

/** A call that takes a query. */
export type QueryCall = "find" | "page" | "iterate" | "search" | "aggregate";

/** The options of each. */
const known: Readonly<Record<QueryCall, readonly string[]>> = {
  find: ["where", "orderBy", "limit", "signal"],
  page: ["where", "orderBy", "limit", "cursor", "signal"],
  iterate: ["where", "signal"],
  search: ["where", "limit", "prefix", "order", "signal"],
  aggregate: ["where", "groupBy", "sum", "avg", "min", "max", "signal"],
};

/**
 * Refuses a query with an option that there is not: ignoring a mistyped `where` would answer with
 * everything.
 *
 * @throws StorageError INVALID_QUERY
 */
export function checkOptions(
  definition: CollectionDefinition,
  call: QueryCall,
  query: unknown,
): void {
  if (typeof query !== "object" || query === null || Array.isArray(query)) {
    refuseQuery(definition, `${call}() takes an object of options`);
  }
  const options = known[call];
  const unknown = Object.keys(query).find((name) => !options.includes(name));
  if (unknown === undefined) return;
  refuseQuery(
    definition,
    `${call}() has no option "${unknown}" (there are: ${options.join(", ")})`,
  );
}

/** Takes a list out of a query. @throws StorageError INVALID_QUERY when it is none */
export function listOption(
  definition: CollectionDefinition,
  name: string,
  value: unknown,
): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  return refuseQuery(definition, `${name} takes a list`);
}
