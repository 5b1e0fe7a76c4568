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
import type { Unit } from "@cutover/engine";

const fields = {
  name: text(),
  size: integer(),
  rating: real(),
  used: boolean(),
  at: timestamp({ as: "iso-utc" }),
  tags: json(),
};

/** An object file, new records last. */
const shelf = defineCollection({
  name: "shelf",
  fields,
  indexes: ["name", "size"],
  search: ["name"],
});

/** A list whose records repeat their key, new ones first. */
const journal = defineCollection({
  name: "journal",
  key: "id",
  fields: { id: text(), ...fields },
  indexes: ["at"],
  search: ["name"],
  order: "prepend",
  file: { shape: "array" },
});

/** Records that may not share an owner, until they expire. */
const claims = defineCollection({
  name: "claims",
  fields: { ...fields, owner: text(), until: timestamp({ as: "epoch-ms" }) },
  unique: ["owner"],
  search: ["name"],
  expiry: "until",
});

/** A list inside a document that has other members. */
const catalog = defineCollection({
  name: "catalog",
  key: "id",
  fields: { id: text(), ...fields },
  search: ["name"],
  file: { path: "metadata/catalog.json", shape: "array", at: ["models"] },
});

/** Values of any kind, newest first. */
const settings = defineCollection({
  name: "settings",
  order: "prepend",
  file: { path: "app-settings.json" },
});

/** Two units, each with its own way. */
export const units: readonly Unit[] = [
  { name: "one/shelf+journal+claims", collections: [shelf, journal, claims] },
  { name: "two/catalog+settings", collections: [catalog, settings] },
];

/** All collections of both. */
export const collections: readonly CollectionDefinition[] = units.flatMap(
  (unit) => unit.collections,
);

/** The files before the first operation: each is laid out in a way of its own. */
export const files: Readonly<Record<string, string>> = {
  "shelf.json":
    '{\n\t"a/one.bin": {"name": "Fl\\u00fcx one", "size": 7, "odd": 1.50},\n\t"kept": {"size":1.0 , "rating": 5e-1},\n\t"10": { "size":1e2 , "name": "ten" },\n\t"2": {"at": "2025-11-29T10:00:00Z"}\n}',
  "journal.json":
    '[\r\n  {\r\n    "id": "k1",\r\n    "name": "newest",\r\n    "rating": 0.5\r\n  },\r\n  {\r\n    "id": "k0",\r\n    "name": "oldest"\r\n  },\r\n  {"id": "kept", "rating": 2.50}\r\n]\r\n',
  "metadata/catalog.json":
    '{"version": 3, "models": [\n    {"id": "k3", "name": "in a document", "tags": ["x", {}]},\n  { "id":"kept","rating":1E0 }], "note": "kept"}\n',
  "app-settings.json":
    '{"theme":"dark","k1":[1,2,{"deep":null}],"k2":"\u00e9","kept":[1.0,"\\u00e9"]}',
};
