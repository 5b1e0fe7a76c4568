import {
  boolean,
  type CollectionDefinition,
  defineCollection,
  integer,
  json,
  real,
  text,
  timestamp,
} from "@cutover/core";

/** Without declared members: keys and whole values are all there is. */
const plain = defineCollection({ name: "plain" });

const notes = defineCollection({
  name: "notes",
  fields: { name: text(), n: integer(), x: real(), flag: boolean(), data: json() },
  indexes: ["n", ["flag", "n"]],
  search: ["name"],
});

const history = defineCollection({
  name: "history",
  order: "prepend",
  fields: { name: text(), at: timestamp({ as: "iso-utc" }), maxTokens: integer(), x: real() },
  indexes: ["at"],
  search: ["name"],
});

/** An array file inside a wrapper, with its keys in the records. */
const users = defineCollection({
  name: "users",
  key: "id",
  fields: { id: text(), name: text(), n: integer(), flag: boolean() },
  unique: ["name", ["n", "flag"]],
  file: { path: "people/users.json", shape: "array", at: ["all", "users"] },
});

const sessions = defineCollection({
  name: "sessions",
  fields: { at: timestamp({ as: "iso-utc" }), name: text(), body: text(), n: integer() },
  expiry: "at",
  unique: ["name"],
  search: ["name", "body"],
  file: { path: "state.json", at: ["sessions"] },
});

const leases = defineCollection({
  name: "leases",
  order: "prepend",
  fields: { when: timestamp({ as: "iso-local" }), maxTokens: integer({ column: "tokens" }) },
  expiry: "when",
  indexes: ["maxTokens", "when"],
  file: { path: "state/leases.json", at: ["__proto__"] },
});

const cache = defineCollection({
  name: "cache",
  fields: { sec: timestamp({ as: "epoch-s" }), x: real(), name: text() },
  expiry: "sec",
  unique: [["name", "x"]],
  indexes: ["sec"],
});

const tokens = defineCollection({
  name: "tokens",
  fields: { ms: timestamp({ as: "epoch-ms" }), flag: boolean(), n: real(), x: integer() },
  expiry: "ms",
  unique: ["n"],
});

/** What the model's sequences work on; between them they declare every feature of a definition. */
export const modelDefinitions: readonly CollectionDefinition[] = [
  plain,
  notes,
  history,
  users,
  sessions,
  leases,
  cache,
  tokens,
];
