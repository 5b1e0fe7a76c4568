import {
  boolean,
  defineCollection,
  integer,
  json,
  normaliseValue,
  real,
  text,
  timestamp,
  type CollectionDefinition,
  type Condition,
  type Field,
  type Filter,
  type JsonValue,
} from "@cutover/core";
import fc from "fast-check";

/** A collection with a member of every kind, indexed, unique, searched and expiring. */
export const everything: CollectionDefinition = defineCollection({
  name: "everything",
  fields: {
    title: text(),
    size: integer(),
    score: real(),
    open: boolean(),
    added: timestamp({ as: "iso-utc" }),
    wall: timestamp({ as: "iso-local" }),
    seen: timestamp({ as: "epoch-s" }),
    tick: timestamp({ as: "epoch-ms" }),
    tags: json(),
    "10": text({ column: "ten" }),
  },
  unique: ["title", ["size", "open"]],
  indexes: ["score", ["size", "title"], "added"],
  search: ["title"],
  expiry: "tick",
});

/** The present in tests that compare adapters. */
export const presentMs = Date.parse("2026-03-01T12:00:00.500Z");

const word = fc.constantFrom(
  "",
  "a",
  "A",
  "b",
  "ab",
  "Ab",
  "zebra",
  "\u{1F600}",
  "\uFFFD",
  "é",
  "%",
  "_",
  "*",
);
const words = fc.array(word, { maxLength: 3 }).map((list) => list.join(" "));
const isoUtc = fc
  .date({ min: new Date("1999-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
const scalars = fc.constantFrom<JsonValue>(
  null,
  true,
  false,
  0,
  1,
  7,
  -3,
  0.1,
  1e308,
  5e-324,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  "",
  "7",
  "true",
);
const fitting: Readonly<Record<string, fc.Arbitrary<JsonValue>>> = {
  title: words,
  size: fc.integer({ min: -2, max: 5 }),
  score: fc.oneof(
    fc.integer({ min: -2, max: 5 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  open: fc.boolean(),
  added: isoUtc,
  wall: isoUtc.map((iso) => iso.slice(0, 19)),
  seen: fc.double({ min: 1e9, max: 2e9, noNaN: true }),
  tick: fc.integer({ min: presentMs - 3, max: presentMs + 3 }),
  tags: fc.jsonValue({ maxDepth: 1 }).map((value) => normaliseValue(value)),
  "10": words,
};
const extraNames = fc.constantFrom(
  "extra",
  "__proto__",
  "constructor",
  "2",
  'a"b\\',
  "_rest",
  "key",
);

function member(name: string): fc.Arbitrary<readonly [string, JsonValue]> {
  const fits = (Object.hasOwn(fitting, name) ? fitting[name] : undefined) ?? scalars;
  return fc.oneof({ arbitrary: fits, weight: 4 }, scalars).map((value) => [name, value] as const);
}

/** Values that use, misuse and go around the declared members. */
export const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .shuffledSubarray(Object.keys(fitting), { minLength: 0 })
      .chain((names) => fc.tuple(...names.map(member)))
      .chain((members) =>
        fc
          .array(extraNames.chain(member), { maxLength: 2 })
          .map((extras) => objectOf([...members, ...extras])),
      ),
  },
  { weight: 1, arbitrary: fc.oneof(scalars, fc.array(scalars, { maxLength: 2 })) },
);

function objectOf(members: readonly (readonly [string, JsonValue])[]): JsonValue {
  const value: Record<string, JsonValue> = {};
  for (const [name, item] of members)
    Object.defineProperty(value, name, {
      value: item === 0 ? 0 : item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return value;
}

/** Few keys, so that operations meet. */
export const anyKey: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "c",
  "10",
  "9",
  "__proto__",
  "é",
);

const operand = (field: Field): fc.Arbitrary<JsonValue> => fitting[field.member] ?? words;

function condition(field: Field): fc.Arbitrary<Condition> {
  const presence = fc.record({ exists: fc.boolean() });
  const nullness = fc.record({ isNull: fc.boolean() });
  if (field.kind === "json") return fc.oneof(presence, nullness);
  const compared = fc
    .tuple(fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte"), operand(field))
    .map(([op, value]) => ({ [op]: value }));
  const listed = fc
    .tuple(fc.constantFrom("in", "notIn"), fc.array(operand(field), { maxLength: 3 }))
    .map(([op, list]) => ({ [op]: list }));
  const texts = fc
    .tuple(fc.constantFrom("startsWith", "contains", "eqIgnoreCase", "containsIgnoreCase"), word)
    .map(([op, value]) => ({ [op]: value }));
  const isText = field.kind === "text" || field.as?.startsWith("iso") === true;
  return fc.oneof(compared, listed, presence, nullness, ...(isText ? [texts] : []));
}

const fields = [...everything.fields.values()];
const simple: fc.Arbitrary<Filter> = fc.oneof(
  ...fields.map((field) => condition(field).map((test) => ({ [field.member]: test }))),
  fc
    .tuple(fc.constantFrom("eq", "gt", "lte", "startsWith", "ne"), anyKey)
    .map(([op, key]) => ({ $key: { [op]: key } })),
);

/** Filters over everything, nested. */
export const anyFilter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simple,
    fc.record({ not: tie("filter") }),
    fc.record({ and: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie("filter"), { maxLength: 3 }) }),
  ),
})).filter;

/** An order over a few fields. */
export const anyOrder: fc.Arbitrary<{ field: string; direction: "asc" | "desc" }[]> = fc.array(
  fc.record({
    field: fc.constantFrom("title", "size", "score", "open", "added", "seen", "$key"),
    direction: fc.constantFrom("asc", "desc"),
  }),
  { maxLength: 3 },
);
