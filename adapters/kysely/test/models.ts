import {
  boolean,
  defineCollection,
  integer,
  json,
  real,
  text,
  timestamp,
  type CollectionDefinition,
} from "@cutover/core";

/** A collection with a column of every kind. */
export const models: CollectionDefinition = defineCollection({
  name: "models",
  fields: {
    title: text(),
    sizeBytes: integer(),
    rating: real(),
    enabled: boolean(),
    addedAt: timestamp({ as: "iso-utc" }),
    seenAt: timestamp({ as: "epoch-ms" }),
    tags: json(),
  },
  unique: ["title"],
  indexes: ["sizeBytes", ["enabled", "addedAt"]],
  search: ["title"],
});

/** A collection without fields. */
export const notes: CollectionDefinition = defineCollection({ name: "notes" });
