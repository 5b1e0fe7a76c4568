import {
  boolean,
  defineCollection,
  integer,
  json,
  real,
  text,
  timestamp,
  type CollectionDefinition,
  type JsonValue,
} from "@cutover/core";

/** Nothing declared: whatever is put, is kept. */
export const plain: CollectionDefinition = defineCollection({ name: "plain" });

/** The same, for clauses about two collections. */
export const second: CollectionDefinition = defineCollection({ name: "second" });

/** Nothing declared, newest first. */
export const history: CollectionDefinition = defineCollection({
  name: "history",
  order: "prepend",
});

/**
 * One member of every kind, loosely typed so that misfits can be written, and members that are
 * not declared.
 */
export type Item = {
  readonly name?: JsonValue;
  readonly size?: JsonValue;
  readonly score?: JsonValue;
  readonly active?: JsonValue;
  readonly createdAt?: JsonValue;
  readonly seenAt?: JsonValue;
  readonly tags?: JsonValue;
  readonly extra?: JsonValue;
  readonly created_at?: JsonValue;
};

/** Members of every kind, some of them indexed. */
export const items: CollectionDefinition<Item> = defineCollection<Item>({
  name: "items",
  fields: {
    name: text(),
    size: integer(),
    score: real(),
    active: boolean(),
    createdAt: timestamp({ as: "iso-utc" }),
    seenAt: timestamp({ as: "epoch-s" }),
    tags: json(),
  },
  indexes: ["name", ["active", "size"], "createdAt"],
});

/** An account; the loose types let misfits be written. */
export type Account = {
  readonly email?: JsonValue;
  readonly team?: JsonValue;
  readonly slot?: JsonValue;
  readonly note?: JsonValue;
};

/** An address of one's own, and one holder for each place in a team. */
export const accounts: CollectionDefinition<Account> = defineCollection<Account>({
  name: "accounts",
  fields: { email: text(), team: text(), slot: integer() },
  unique: ["email", ["team", "slot"]],
});

/** A session; the loose types let misfits be written. */
export type Session = { readonly expiresAt?: JsonValue; readonly user?: JsonValue };

/** Gone at a moment in milliseconds; one session a user. */
export const sessions: CollectionDefinition<Session> = defineCollection<Session>({
  name: "sessions",
  fields: { expiresAt: timestamp({ as: "epoch-ms" }), user: text() },
  unique: ["user"],
  search: ["user"],
  expiry: "expiresAt",
});

/** An article; the loose types let misfits be written. */
export type Article = {
  readonly title?: JsonValue;
  readonly body?: JsonValue;
  readonly hidden?: JsonValue;
};

/** Searched by title and body. */
export const articles: CollectionDefinition<Article> = defineCollection<Article>({
  name: "articles",
  fields: { title: text(), body: text(), hidden: text() },
  search: ["title", "body"],
});
