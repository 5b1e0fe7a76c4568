import type { CollectionDefinition, Field, JsonValue } from "@cutover/core";
import fc, { type Arbitrary } from "fast-check";
import { modelStartMs, wallClock } from "./model-moment.ts";

const texts: readonly string[] = [
  "",
  "a",
  "A",
  "b",
  "7",
  "true",
  "null",
  "a b",
  "a%b",
  "a_b",
  "axb",
  "100%",
  "\\",
  "\\%",
  "'",
  "caf\u00e9",
  "cafe\u0301",
  "Crème brûlée",
  "CREME",
  "straße",
  "ﬁne Ünïcode",
  "İstanbul",
  "ΑΣ",
  "\uffff",
  "\u{10000}",
  "😀 smile",
  "日本語テスト",
  "ﾌﾟﾚ",
  "foo-bar_baz 42",
  "foo OR bar",
  '"foo"*',
  "k",
  "K",
  "\u212a",
  "line\nbreak",
  "\u0001",
  "x".repeat(300),
];
/** Few and alike, so that records, filters and searches meet. */
const hotTexts: readonly string[] = [
  "",
  "a",
  "A",
  "a b",
  "A b",
  "a%b",
  "a_b",
  "axb",
  "café",
  "cafe",
];
const hotNumbers: readonly number[] = [0, 1, 2, 7];
const integers: readonly number[] = [0, 1, -1, 2, 7, 42, 100, 1e15, 2 ** 53 - 1, -(2 ** 53 - 1)];
const reals: readonly number[] = [0, 0.1, 0.2, 0.3, -0.5, 1, 7, 1e-7, 1e15, 12_345.678, 0.1 + 0.2];
/** Around the present, on the instant and beside it, and far away. */
const offsetsMs: readonly number[] = [-86_400_000, -1, 0, 1, 999, 1000, 60_000, 3_600_000, 1e10];
const instants: readonly number[] = [...offsetsMs.map((offset) => modelStartMs + offset), 0];
const iso = (ms: number): string => new Date(ms).toISOString();

const isoUtc: readonly string[] = [
  ...instants.map(iso),
  "2026-03-14T09:26:53Z",
  "2026-03-14T09:26:53.5Z",
  "2026-03-14T09:26:53.500000Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
];
const isoLocal: readonly string[] = [
  ...instants.map(wallClock),
  wallClock(modelStartMs).slice(0, 19),
  `${wallClock(modelStartMs)}999`,
];
const notInstants: readonly JsonValue[] = [
  "2026-02-30T00:00:00Z",
  "2026-03-14T24:00:00Z",
  "2026-03-14 09:26:53",
  "2026-03-14T09:26:53+01:00",
  "2026-03-14",
  "soon",
  1e300,
  -1e300,
];

const timestamps: Readonly<Record<string, readonly JsonValue[]>> = {
  "iso-utc": isoUtc,
  "iso-local": isoLocal,
  "epoch-s": [...instants.map((ms) => ms / 1000), 1, 1.5, 1_795_352_962.757_865],
  "epoch-ms": [...instants, modelStartMs + 0.5, -1],
};
const kinds: Readonly<Record<Field["kind"], readonly JsonValue[]>> = {
  text: texts,
  integer: integers,
  real: reals,
  boolean: [true, false],
  timestamp: [],
  json: [null, {}, [1, "a"], { b: 1, a: 2 }],
};
const misfits: readonly JsonValue[] = ["7", 7, 1, 0, true, false, "", 1.5, [], {}, [7], { a: 1 }];

const hot: Partial<Record<Field["kind"], readonly JsonValue[]>> = {
  text: hotTexts,
  integer: hotNumbers,
  real: [...hotNumbers, 0.1, 0.2],
};

function pool(field: Field): readonly JsonValue[] {
  return (field.as === undefined ? undefined : timestamps[field.as]) ?? kinds[field.kind];
}

/** Values that fit a field, few enough to collide. */
export function fitting(field: Field): Arbitrary<JsonValue> {
  const all = fc.constantFrom(...pool(field));
  const few = hot[field.kind];
  if (few === undefined) return all;
  return fc.oneof({ arbitrary: fc.constantFrom(...few), weight: 2 }, { arbitrary: all, weight: 1 });
}

const scalars: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...texts, ...reals, ...integers, true, false, null, -0),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "binary", maxLength: 6 }).map((text) => text.replaceAll("\0", "")),
);

const memberNames: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "other",
    "b",
    "a",
    "2",
    "1",
    "__proto__",
    "toJSON",
    "",
    "a.b",
    "key",
    "value",
    "\ufeff",
  ),
  fc.string({ unit: "binary", maxLength: 3 }).map((text) => text.replaceAll("\0", "")),
);

const nested: Arbitrary<unknown> = fc.letrec<{ any: unknown; object: unknown; list: unknown }>(
  (tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: scalars, weight: 4 },
      tie("object"),
      tie("list"),
    ),
    list: fc.array(tie("any"), { maxLength: 4 }),
    object: fc
      .array(
        fc.tuple(
          memberNames,
          fc.oneof({ arbitrary: tie("any"), weight: 9 }, fc.constant(undefined)),
        ),
        { maxLength: 4 },
      )
      .map((members) => Object.fromEntries(members)),
  }),
).any;

function memberValue(field: Field): Arbitrary<unknown> {
  return fc.oneof(
    { arbitrary: fitting(field), weight: 12 },
    { arbitrary: fc.constantFrom<unknown>(...misfits), weight: 2 },
    {
      arbitrary: fc.constantFrom<unknown>(...notInstants),
      weight: field.kind === "timestamp" ? 3 : 0,
    },
    { arbitrary: fc.constant(null), weight: 2 },
    { arbitrary: nested, weight: 1 },
  );
}

/** Some declared members and some others, in any order. */
export function recordsOf(definition: CollectionDefinition): Arbitrary<Record<string, unknown>> {
  const declared = Array.from(definition.fields.values(), (field) =>
    fc.tuple(fc.constant(field.member), memberValue(field)),
  );
  const member = fc.oneof(...declared.map((arbitrary) => ({ arbitrary, weight: 6 })), {
    arbitrary: fc.tuple(memberNames, nested),
    weight: 4,
  });
  return fc
    .uniqueArray(member, { selector: ([name]) => name, maxLength: 7 })
    .map((members) => Object.fromEntries(members));
}

/** What may be stored in a collection: mostly records, sometimes anything. */
export function valuesOf(definition: CollectionDefinition): Arbitrary<unknown> {
  return fc.oneof({ arbitrary: recordsOf(definition), weight: 9 }, nested);
}

/** Texts to search for: whole words, their beginnings, several, none. */
export const searchTexts: Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...hotTexts),
      fc.constantFrom(...texts),
      fc.constantFrom("cre", "fo", "日", "unicode", "istanbul", "foo bar", "-", "プ"),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((words) => words.join(" "));

/** Operands for filters on text and on keys. */
export const textOperands: Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...hotTexts), weight: 2 },
  { arbitrary: fc.constantFrom("%", "_", "a", "A", "e", "B", "\u0301", "2026", "Z"), weight: 2 },
  { arbitrary: fc.constantFrom(...texts), weight: 1 },
);
