import type { JsonValue } from "@cutover/core";
import { trusted } from "../proof/trusted.ts";

/** Objects, one inside the other, `depth` of them. */
export function nestedObjects(depth: number): JsonValue {
  let value: JsonValue = {};
  for (let level = 1; level < depth; level++) value = { a: value };
  return value;
}

/** Arrays, one inside the other, `depth` of them. */
export function nestedArrays(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

/** Numbers at the edges of what a double can tell apart. */
export const hostileNumbers: readonly number[] = [
  0,
  1,
  -1,
  0.1,
  0.1 + 0.2,
  1 / 3,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -1.7976931348623157e308,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  1e21,
  123_456_789.123_456_78,
  1e-7,
];

/** Texts that printers, databases and encodings get wrong. */
export const hostileTexts: readonly string[] = [
  "",
  " ",
  "\t\n\r\v\f",
  "\u0001\u001f\u007f\u0080",
  "\u2028\u2029\u0085\ufeff",
  "\ufeffabc",
  "é",
  "e\u0301",
  "\uffff\ufffe\ufffd",
  "😀👩‍🚀🇲🇺",
  "\u{10ffff}",
  "null",
  "true",
  "7",
  "1e5",
  "[]",
  "{}",
  '"',
  "'",
  "''",
  "\\",
  "\\u0000",
  "\\n",
  "%_*?",
  "'; DROP TABLE records; --",
  "</script>",
  "2025-11-29T10:00:00Z",
  "\r\n",
];

/** Objects whose members some reader drops, moves, interprets or merges. */
export const hostileObjects: readonly JsonValue[] = [
  {},
  { "": "empty" },
  trusted(JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null}')),
  { a: { b: { c: [{ d: null }] } } },
  { b: 1, a: 2, "10": 3, "9": 4 },
  { A: 1, a: 2, "\u00e9": 3, "e\u0301": 4 },
  { "a.b": 1, a: { b: 2 }, "a[0]": 3, "$.a": 4, "a/b": 5 },
  { key: 1, value: 2, rowid: 3, rest: 4, overflow: 5, _rest: 6, position: 7, version: 8 },
  trusted(JSON.parse('{"toJSON":"no function","then":"no promise","length":3}')),
  { empty: "", none: null, list: [], object: {}, zero: 0, no: false },
];

const lists: readonly JsonValue[] = [
  [],
  [null],
  [[], [[]], {}],
  [1, "1", true, null, [1], { a: 1 }],
  [0, -1, 0.5, 1e300],
  Array.from({ length: 1000 }, (_, index) => index),
];

/** A value of every JSON shape, hostile ones included. */
export const hostileValues: readonly JsonValue[] = [
  null,
  true,
  false,
  ...hostileNumbers,
  ...hostileTexts,
  ...lists,
  ...hostileObjects,
  nestedObjects(512),
  nestedArrays(512),
];
