import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  defineCollection,
  type FieldDeclaration,
  json,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { generateDecoder } from "../src/layout/generated-decoder.ts";
import { generateEncoder } from "../src/layout/generated-encoder.ts";
import { decodeColumns, fillColumns, RecordCodec } from "../src/layout/record-codec.ts";
import { tableLayout, type TableLayout } from "../src/layout/table-layout.ts";
import type { Row, SqlValue } from "../src/sql/statement.ts";
import { Folder } from "./folder.ts";

const hostileName = fc.constantFrom(
  "constructor",
  "toString",
  "__defineGetter__",
  "hasOwnProperty",
  "10",
  "007",
  'a"b',
  "a'b",
  "a`${b}",
  "a\\",
  "*/ b",
  "// b",
  "a\nb",
  "\u2028",
  "ключ",
  "\u{1F600}",
  "row",
  "key",
  "value",
  "};process.exit(9);{",
);
const name = fc.oneof(
  hostileName,
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((text) => text !== "$key"),
);
const member = name.filter((text) => !["and", "or", "not", "__proto__"].includes(text));
const kind = fc.constantFrom<FieldDeclaration>(
  { kind: "text" },
  { kind: "integer" },
  { kind: "real" },
  { kind: "boolean" },
  { kind: "json" },
  { kind: "timestamp", as: "iso-utc" },
  { kind: "timestamp", as: "epoch-ms" },
);

const layout: fc.Arbitrary<TableLayout> = fc
  .record({
    fields: fc.uniqueArray(fc.tuple(member, kind), {
      selector: ([text]) => text,
      minLength: 1,
      maxLength: 12,
    }),
    keyed: fc.boolean(),
  })
  .map(({ fields, keyed }) => {
    const declared = fields.map(
      ([text, declaration], index) => [text, { ...declaration, column: `c${index}` }] as const,
    );
    const options = { name: "random", fields: Object.fromEntries(declared) };
    return tableLayout(defineCollection(keyed ? { ...options, key: "the key" } : options));
  });

const extremes = [0, -0, 1, -1, 2 ** 53 - 1, 5e-324, 1.797e308, 0.1, Infinity, -Infinity];
const cell: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.constantFrom(...extremes),
  fc.constantFrom("", "a", "\u{1F600}", "[1", '{"a":[null,"é"]}', "7", "null", "true"),
  fc.string(),
);
const rest = fc.oneof(
  { weight: 8, arbitrary: fc.constant(null) },
  fc.constantFrom('{"members":{"x":null}}', '{"value":[1]}', "{", "[]", '{"order":["x"]}'),
);
const layoutAndRow = layout.chain((found) =>
  fc.record({
    layout: fc.constant(found),
    row: fc
      .tuple(
        fc.string({ minLength: 1 }),
        fc.array(cell, {
          minLength: found.columns.length - 2,
          maxLength: found.columns.length - 2,
        }),
        rest,
      )
      .map(([key, cells, text]): Row => [key, ...cells, text]),
  }),
);

/** All that can be told of a value, or why there is none. */
function outcomeOf(decode: () => JsonValue): unknown {
  try {
    const value = decode();
    const names = typeof value === "object" && value !== null ? Reflect.ownKeys(value) : [];
    const plain = value instanceof Object && Object.getPrototypeOf(value) === Object.prototype;
    const negativeZero = Object.values(value ?? {}).map((item) => Object.is(item, -0));
    return { text: JSON.stringify(value), names, plain, negativeZero };
  } catch (error) {
    return String(error);
  }
}

const noRest = (): JsonValue => "rest";

test("a generated decoder makes of any row of any layout what the loop over its slots makes of it", () => {
  fc.assert(
    fc.property(layoutAndRow, ({ layout: found, row }) => {
      const slow = decodeColumns(found);
      const generated = generateDecoder(found, (whole) => slow(whole));
      if (generated === undefined) throw new Error("nothing was generated");
      const expected = outcomeOf(() => slow(row));
      expect(outcomeOf(() => generated.row(row))).toEqual(expected);
      const [key, ...cells] = row;
      expect(outcomeOf(() => generated.keyed(cells, String(key)))).toEqual(expected);
    }),
    { numRuns: 600 },
  );
});

/** Values that fit a kind, that nearly fit it, and that do not. */
const item: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, "", "a", true, false, 0, 1, 7.5, 2 ** 53, [1, [null]], {
    a: {},
  }),
  fc.constantFrom("2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);

const layoutAndRecord = layout.chain((found) => {
  const names = found.slots.map((slot) => slot.member);
  return fc.record({
    layout: fc.constant(found),
    record: fc
      .tuple(
        fc.shuffledSubarray(names),
        fc.boolean(),
        fc.array(item, { minLength: 14, maxLength: 14 }),
        fc.option(member),
      )
      .map(([some, sorted, items, other]): JsonObject => {
        const members = sorted ? names.filter((text) => some.includes(text)) : some;
        const all = other === null ? members : [...members, other];
        return Object.fromEntries(all.map((text, index) => [text, items[index] ?? null]));
      }),
  });
});

test("a generated encoder makes of any record that is as declared what the loop over its members makes of it, and knows the others", () => {
  let asDeclared = 0;
  fc.assert(
    fc.property(layoutAndRecord, ({ layout: found, record }) => {
      const encode = generateEncoder(found);
      if (encode === undefined) throw new Error("nothing was generated");
      const expected: SqlValue[] = found.columns.map(() => null);
      expected[0] = "k";
      const remaining = fillColumns(found, expected, record);
      const cells = encode("k", record);
      expect(cells !== undefined).toBe(remaining === null);
      if (cells === undefined) return;
      asDeclared++;
      expect(cells).toEqual(expected);
    }),
    { numRuns: 60000 },
  );
  expect(asDeclared).toBeGreaterThan(20);
});

test("what somebody has given to all objects is not stored with a record that lacks it", () => {
  const found = tableLayout(
    defineCollection({
      name: "some",
      fields: Object.fromEntries(["a", "b", "constructor"].map((one) => [one, json()])),
    }),
  );
  expect(generateEncoder(found)?.("k", { a: "x" })).toEqual(["k", '"x"', null, null, null]);
  const descriptor = { value: "y", enumerable: true, configurable: true, writable: true };
  Reflect.defineProperty(Object.prototype, "b", descriptor);
  try {
    expect(new RecordCodec(found).encode("k", { a: "x" })).toEqual(["k", '"x"', null, null, null]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "b");
  }
});

test("what any record of any layout is made into comes back as it was, member order included", () => {
  fc.assert(
    fc.property(layoutAndRecord, ({ layout: found, record }) => {
      const codec = new RecordCodec(found);
      const { keyMember } = found.definition;
      const value =
        keyMember === undefined ? record : { [keyMember]: "k", ...record, [keyMember]: "k" };
      expect(JSON.stringify(codec.decode(codec.encode("k", value)))).toBe(JSON.stringify(value));
    }),
    { numRuns: 400 },
  );
});

test("records with all their members and records that lack some have them in the order declared", () => {
  const found = tableLayout(
    defineCollection({ name: "some", fields: { b: { kind: "text" }, a: { kind: "boolean" } } }),
  );
  const codec = new RecordCodec(found);
  for (const value of [{ b: "x", a: true }, { a: false }, { b: "" }, {}, { a: true, b: "x" }]) {
    const cells = codec.encode("k", value);
    expect(JSON.stringify(codec.decode(cells))).toBe(JSON.stringify(value));
    expect(JSON.stringify(codec.decodeKeyed(cells.slice(1), "k"))).toBe(JSON.stringify(value));
  }
});

test("for a member called __proto__ nothing is generated, and it is kept as any other", async () => {
  const fields = Object.fromEntries([
    ["__proto__", { kind: "text", column: "proto" } as const],
    ["a", { kind: "integer" } as const],
  ]);
  const definition = defineCollection({ name: "some", fields });
  expect(generateDecoder(tableLayout(definition), noRest)).toBeUndefined();
  using folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const some = storage.collection(definition);
  const text = '{"__proto__":"x","a":1}';
  const value: JsonValue = JSON.parse(text);
  await some.put("k", value);
  expect(JSON.stringify(await some.get("k"))).toBe(text);
});

test("where code must not be generated from strings, records are read all the same", () => {
  using folder = new Folder();
  const program = fileURLToPath(new URL("no-generated-code.fixture.ts", import.meta.url));
  const output = execFileSync(
    process.execPath,
    [
      "--conditions=@cutover/source",
      "--disallow-code-generation-from-strings",
      program,
      folder.file(),
    ],
    { encoding: "utf8" },
  );
  const record = { title: "One", tags: ["a"], open: true };
  expect(JSON.parse(output)).toEqual({
    refused: true,
    got: record,
    found: [
      { key: "a", value: record },
      { key: "b", value: { open: false } },
    ],
  });
});
