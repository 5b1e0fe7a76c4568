import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkKey,
  cloneValue,
  compareText,
  foldCase,
  type JsonValue,
  normaliseValue,
  sameValue,
  StorageError,
  versionOf,
} from "@cutover/core";

const unicode = fc.string({ unit: "binary" });

describe("compareText()", () => {
  test("orders as the UTF-8 bytes do", () => {
    fc.assert(
      fc.property(unicode, unicode, (left, right) => {
        const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareText(left, right))).toBe(bytes);
      }),
    );
  });

  test("puts U+FFFF before U+10000, which JavaScript's < does not", () => {
    expect(compareText("\uffff", "\u{10000}")).toBeLessThan(0);
    expect(["\u{10000}", "\uffff"].toSorted()).toEqual(["\u{10000}", "\uffff"]);
  });
});

function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

describe("normaliseValue()", () => {
  test("returns an equal value that shares nothing with what it was given", () => {
    const value = { list: [{ deep: true }], text: "a" };
    const copy = normaliseValue(value);
    value.list.push({ deep: false });
    expect(copy).toEqual({ list: [{ deep: true }], text: "a" });
  });

  test("keeps a member called __proto__ as an ordinary member", () => {
    const parsed: unknown = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
    expect(JSON.stringify(normaliseValue(parsed))).toBe('{"__proto__":{"a":1},"b":2}');
  });

  test("names the path of the offender", () => {
    const refused = { models: [{ url: "x" }, { "a b": Number.NaN }] };
    expect(() => normaliseValue(refused)).toThrow(/^\$\.models\[1\]\["a b"\] is NaN/);
  });

  test("passes over what somebody has given to all objects, whatever it is", () => {
    for (const [member, item] of [
      ["list", ["x"]],
      ["a\0", "x"],
      ["text", "\ud800"],
    ] as const) {
      const descriptor = { value: item, enumerable: true, configurable: true, writable: true };
      Reflect.defineProperty(Object.prototype, member, descriptor);
      try {
        const copy = normaliseValue({ own: 1, deep: { own: -0 } });
        expect(Reflect.ownKeys(Object(copy))).toEqual(["own", "deep"]);
        expect(JSON.stringify(copy)).toBe('{"own":1,"deep":{"own":0}}');
      } finally {
        Reflect.deleteProperty(Object.prototype, member);
      }
    }
  });

  test("ends on a cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => normaliseValue(cycle)).toThrow(/cycle/);
  });

  test("takes 512 levels and refuses 513", () => {
    expect(() => normaliseValue(nested(512))).not.toThrow();
    expect(() => normaliseValue(nested(513))).toThrow(StorageError);
  });
});

describe("cloneValue()", () => {
  test("is equal, and separate at every depth", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const original = normaliseValue(value);
        const copy = cloneValue(original);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(original));
        expect(sharesContainer(original, copy)).toBe(false);
      }),
    );
  });

  test("copies a member called __proto__", () => {
    const value = normaliseValue(JSON.parse('{"__proto__": [1], "b": {"__proto__": 2}}'));
    expect(JSON.stringify(cloneValue(value))).toBe('{"__proto__":[1],"b":{"__proto__":2}}');
  });
});

function sharesContainer(left: JsonValue, right: JsonValue): boolean {
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null)
    return false;
  if (left === right) return true;
  const others: JsonValue[] = Object.values(right);
  return Object.values(left).some((item: JsonValue, index) =>
    sharesContainer(item, others[index] ?? null),
  );
}

describe("versionOf()", () => {
  test("tells member order apart and -0 not", () => {
    expect(versionOf({ a: 1, b: 2 })).not.toBe(versionOf({ b: 2, a: 1 }));
    expect(versionOf(normaliseValue({ a: -0 }))).toBe(versionOf({ a: 0 }));
    expect(sameValue({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false);
  });

  test("is pinned: a version written down years ago still means the same content", () => {
    expect(versionOf({ source: "huggingface", size: 1.5, tags: ["é", null] })).toBe(
      "l638Kujy7E75Uogi5BryOp",
    );
  });
});

describe("keys", () => {
  test("the bound is 1,024 bytes, not characters", () => {
    expect(checkKey("é".repeat(512))).toHaveLength(512);
    expect(() => checkKey(`${"é".repeat(512)}a`)).toThrow(/1024/);
  });
});

describe("foldCase()", () => {
  test("folds A to Z and nothing else", () => {
    expect(foldCase("ABZabz \u00c9\u0130\u212a\u1e9e")).toBe("abzabz \u00c9\u0130\u212a\u1e9e");
  });
});
