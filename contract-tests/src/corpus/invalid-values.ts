import { nestedArrays, nestedObjects } from "./hostile-values.ts";

/** What may not be stored. */
export interface InvalidValue {
  readonly reason: string;
  readonly value: unknown;
  /** Path of the offender, as the message names it. */
  readonly path: string;
}

class Instance {
  readonly a = 1;
}

function cycle(): unknown {
  const value: Record<string, unknown> = { a: 1 };
  value["self"] = value;
  return value;
}

const invalid = (reason: string, value: unknown, path = "$"): InvalidValue => ({
  reason,
  value,
  path,
});

/** A value of every kind that is refused, most of them deep inside something valid. */
export const invalidValues: readonly InvalidValue[] = [
  invalid("undefined", undefined),
  invalid("NaN", { a: [Number.NaN] }, "$.a[0]"),
  invalid("Infinity", { a: { b: Infinity } }, "$.a.b"),
  invalid("-Infinity", -Infinity),
  invalid("a bigint", { big: 7n }, "$.big"),
  invalid("a Date", { "made at": new Date(0) }, '$["made at"]'),
  invalid("a Map", { map: new Map() }, "$.map"),
  invalid("a Set", [new Set()], "$[0]"),
  invalid("a typed array", { bytes: new Uint8Array(1) }, "$.bytes"),
  invalid("a function", { run: () => 1 }, "$.run"),
  invalid("a symbol", { symbol: Symbol("s") }, "$.symbol"),
  invalid("a symbol as a member", { ok: { [Symbol("s")]: 1 } }, "$.ok"),
  invalid("an instance of a class", { deep: [{ instance: new Instance() }] }, "$.deep[0].instance"),
  invalid("a boxed string", { boxed: Object("a") as unknown }, "$.boxed"),
  invalid("a RegExp", { pattern: /a/ }, "$.pattern"),
  invalid("a promise", { later: Promise.resolve(1) }, "$.later"),
  invalid("undefined in an array", { list: [1, undefined] }, "$.list[1]"),
  invalid("a lone surrogate", { text: "a\ud800" }, "$.text"),
  invalid("a lone surrogate at the end of a pair", ["\ud83d\ude00\ude00"], "$[0]"),
  invalid("NUL in text", { list: ["ok", "a\0"] }, "$.list[1]"),
  invalid("NUL in a member's name", { "a\0b": 1 }, "$"),
  invalid("a lone surrogate in a member's name", { "\udfff": 1 }, "$"),
  invalid("a cycle", cycle(), "$.self"),
  invalid("513 objects deep", nestedObjects(513), "$.a"),
  invalid("513 arrays deep", nestedArrays(513), "$[0]"),
];
