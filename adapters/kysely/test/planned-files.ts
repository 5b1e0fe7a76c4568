import {
  compileFilter,
  defineCollection,
  integer,
  text,
  timestamp,
  type CollectionDefinition,
  type JsonValue,
  type OrderTerm,
  type Selection,
} from "@cutover/core";
import type { SqlTable } from "../src/driver/sql-table.ts";
import { selectQuery, type SelectQuery } from "../src/sql/select.ts";

/** Whose queries an engine is asked for its plans of. */
export const files: CollectionDefinition = defineCollection({
  name: "files",
  fields: { source: text(), size: integer(), until: timestamp({ as: "iso-utc" }) },
  indexes: ["source", ["size", "source"]],
  search: ["source"],
  expiry: "until",
});

/** So many files that a plan is worth the while; ten of each source. */
export function someFiles(count: number): [key: string, file: JsonValue][] {
  return Array.from({ length: count }, (_, index) => {
    const until = new Date(Date.UTC(2126, 0, 1) + index * 1000).toISOString();
    return [`k${index}`, { source: `s${index % (count / 10)}`, size: index, until }];
  });
}

/** Filters, and the index that each is looked up in. */
export const lookups: readonly (readonly [name: string, filter: unknown, index: string])[] = [
  ["eq", { source: "s7" }, "files$index$source"],
  ["startsWith", { source: { startsWith: "s19" } }, "files$index$source"],
  ["in", { source: { in: ["s7"] } }, "files$index$source"],
  ["range", { size: { gte: 5, lt: 9 } }, "files$index$size$source"],
  ["key", { $key: "k1" }, "files$key"],
  ["keys", { $key: { in: ["k1", "k2"] } }, "files$key"],
  ["and", { size: 5, source: "s7" }, "files$index$size$source"],
];

/** Where a page goes on from, in the order of an indexed member. */
export const cursors: readonly (readonly [
  name: string,
  descending: boolean,
  after: Selection["after"],
])[] = [
  ["ascending", false, ["s7", "k507"]],
  ["descending", true, ["s7", "k507"]],
  ["from the nulls on", false, [null, "k500"]],
];

const key: OrderTerm["field"] = { member: "$key", column: "", kind: "text" };

/** By source, then by key. */
export function bySource(descending: boolean): OrderTerm[] {
  return ["source", "$key"].map((member) => ({
    field: files.fields.get(member) ?? key,
    descending,
  }));
}

/** The part of a selection that a filter is. */
export const where = (filter: unknown): Pick<Selection, "predicate"> => ({
  predicate: compileFilter(files, filter),
});

/** The query of a selection that is only partly limited. */
export function queryOf(part: Partial<Selection>, table: SqlTable): SelectQuery {
  const selection: Selection = {
    predicate: undefined,
    search: undefined,
    order: "collection",
    after: undefined,
    limit: undefined,
    nowMs: 0,
    ...part,
  };
  const query = selectQuery(selection, table);
  if (query === undefined) throw new Error("no query");
  return query;
}
