import {
  integer,
  json,
  text,
  timestamp,
  type CollectionOptions,
  type JsonValue,
} from "@cutover/core";

/** How a collection may be defined. */
export type Shape = Omit<CollectionOptions, "name">;

/** Records that are to survive any change of it. */
export const values: readonly (readonly [string, JsonValue])[] = [
  ["plain", { title: "A b", size: 3, tags: ["x"], at: "2026-01-01T00:00:00Z" }],
  ["misfit", { title: 7, size: "3" }],
  ["other order", { size: null, title: "q", zebra: 1 }],
  ["array", [1, 2]],
  ["10", { title: "late" }],
  ["2", "text"],
];

/** Definitions of one collection, by name. */
export const shapes: readonly (readonly [string, Shape])[] = [
  ["no fields", {}],
  ["a field", { fields: { title: text() } }],
  [
    "more fields",
    { fields: { title: text(), size: integer(), tags: json(), at: timestamp({ as: "iso-utc" }) } },
  ],
  ["another order of fields", { fields: { size: integer(), title: text() } }],
  ["another kind", { fields: { title: text(), size: text() } }],
  [
    "another column",
    { fields: { title: text({ column: "name" }), size: integer({ column: "title" }) } },
  ],
  ["a search", { fields: { title: text() }, search: ["title"] }],
  ["an index", { fields: { title: text(), size: integer() }, indexes: ["size"] }],
  ["a constraint", { fields: { title: text() }, unique: ["title"] }],
  ["a field called key", { fields: { key: text(), title: text() } }],
];
