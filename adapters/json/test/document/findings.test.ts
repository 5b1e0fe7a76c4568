import { describe, expect, test } from "vitest";
import { array, errorOf, models, object, open, textOf } from "./samples.fixture.ts";

const put = (key: string, value: number) => ({ type: "put", key, value }) as const;

describe("a record the store cannot represent", () => {
  test.each([
    [
      "a lone surrogate",
      String.raw`{"bad": {"x": ["\udc80"]}, "good": 1}`,
      "lone-surrogate",
      16,
      "$.bad.x[0]",
    ],
    [
      "a high surrogate before another escape",
      String.raw`{"bad": "\ud800\n", "good": 1}`,
      "lone-surrogate",
      9,
      "$.bad",
    ],
    [
      "a lone surrogate in a name",
      String.raw`{"bad": {"\udc80": 1}, "good": 1}`,
      "lone-surrogate",
      10,
      "$.bad",
    ],
    ["NUL", String.raw`{"bad": "a\u0000", "good": 1}`, "nul", 10, "$.bad"],
    [
      "an unsafe integer",
      '{"bad": [1, 9007199254740993], "good": 1}',
      "unsafe-integer",
      12,
      "$.bad[1]",
    ],
    [
      "a negative unsafe integer",
      '{"bad": -9007199254740993, "good": 1}',
      "unsafe-integer",
      8,
      "$.bad",
    ],
    [
      "an integer JavaScript prints otherwise",
      '{"bad": 1000000000000000000000, "good": 1}',
      "unsafe-integer",
      8,
      "$.bad",
    ],
    ["an overflow", '{"bad": 1e400, "good": 1}', "number-overflow", 8, "$.bad"],
    [
      "an overflow without an exponent",
      `{"bad": ${"9".repeat(400)}, "good": 1}`,
      "number-overflow",
      8,
      "$.bad",
    ],
    [
      "a duplicate member",
      '{"bad": {"a": {"b": 1, "c": 2, "b": 3}}, "good": 1}',
      "duplicate-member",
      31,
      "$.bad.a.b",
    ],
    [
      "a duplicate member spelt with an escape",
      String.raw`{"bad": {"ab": 1, "a\u0062": 3}, "good": 1}`,
      "duplicate-member",
      18,
      "$.bad.ab",
    ],
  ])("holding %s stays, is reported, and cannot be read", (_what, text, code, offset, path) => {
    const document = open(text);
    const [finding] = document.findings();
    expect(finding).toMatchObject({ code, position: { offset, line: 1, column: offset + 1 } });
    expect(finding?.position.path).toBe(path);
    expect(document.findings()).toHaveLength(1);
    const error = errorOf(() => document.value("bad"));
    expect(error?.code).toBe("CORRUPT_DATA");
    expect(error?.details.position).toEqual(finding?.position);
    expect(document.value("good")).toBe(1);
    const edited = document.edit([put("good", 2), put("new", 3)]);
    expect(textOf(edited)).toBe(text.replace('"good": 1', '"good": 2, "new": 3'));
    expect(edited.findings()).toEqual([finding]);
  });

  test.each([
    ["the largest safe integer", "9007199254740991"],
    ["an unsafe integer that keeps its digits", "9007199254740992"],
    ["a long fraction", "0.1000000000000000055511151231257827"],
    ["a large number with an exponent", "1e300"],
  ])("is not one holding %s", (_what, literal) => {
    expect(open(`{"a": ${literal}}`).findings()).toEqual([]);
  });

  test("minus zero is read as zero and keeps its bytes", () => {
    const document = open('{"a": {"x": [-0, -0.0, -0.5]}}');
    expect(document.value("a")).toStrictEqual({ x: [0, 0, -0.5] });
    expect(document.edit([{ type: "put", key: "a", value: { x: [0, 0, -0.5] } }])).toBe(document);
  });

  test("a pair of escapes that makes a character is no lone surrogate", () => {
    expect(open(String.raw`{"a": "\ud83d\ude00"}`).value("a")).toBe("😀");
  });

  test("of two records with one key neither is read, and both stay", () => {
    const text = '{"a": 1, "b": 2, "a": 3, "c": 4}';
    const document = open(text);
    expect(document.findings().map(({ code, position }) => [code, position.offset])).toEqual([
      ["duplicate-key", 1],
      ["duplicate-key", 17],
    ]);
    expect(errorOf(() => document.value("a"))?.details.position?.path).toBe("$.a");
    expect(textOf(document.edit([put("b", 5)]))).toBe('{"a": 1, "b": 5, "a": 3, "c": 4}');
  });

  test("keys are compared after decoding", () => {
    expect(open(String.raw`{"é": 1, "\u00e9": 2}`).findings()).toHaveLength(2);
    expect(open(String.raw`{"a\/b": 1}`).value("a/b")).toBe(1);
  });

  test.each([
    ["empty", '{"": 1, "b": 2}', "empty-key", '$[""]'],
    [
      "a lone surrogate",
      String.raw`{"\udc80": 1, "b": 2}`,
      "lone-surrogate",
      String.raw`$["\udc80"]`,
    ],
    ["NUL", String.raw`{"\u0000": 1, "b": 2}`, "nul", String.raw`$["\u0000"]`],
    ["too long", `{"${"é".repeat(513)}": 1, "b": 2}`, "key-too-long", `$["${"é".repeat(513)}"]`],
  ])("a key that is %s makes its record opaque", (_what, text, code, path) => {
    const document = open(text);
    // An escape at fault is pointed at itself, behind the opening quote.
    const offset = text.startsWith('{"\\') ? 2 : 1;
    expect(document.findings()).toMatchObject([{ code, position: { offset, path } }]);
    expect(document.get("")).toBeUndefined();
    expect(textOf(document.edit([{ type: "delete", key: "b" }]))).toBe(
      text.replace(', "b": 2', ""),
    );
  });

  test("a key of exactly 1,024 bytes is fine, however it is spelt", () => {
    expect(open(`{"${String.raw`\u00e9`.repeat(512)}": 1}`).findings()).toEqual([]);
  });

  test.each([
    ["lacks its key", '[{"id": "a"}, {"x": 1}]', "key-missing", 14],
    ["has a key that is no text", '[{"id": "a"}, {"id": 7}]', "key-not-text", 21],
    ["is no object", '[{"id": "a"}, 5]', "not-an-object", 14],
    ["has an empty key", '[{"id": "a"}, {"id": ""}]', "empty-key", 21],
    ["has its key twice", '[{"id": "a"}, {"id": "b", "id": "c"}]', "duplicate-member", 26],
    [
      "holds its key in an inner object only",
      '[{"id": "a"}, {"x": {"id": "b"}}]',
      "key-missing",
      14,
    ],
  ])("an element of an array that %s stays and is reported", (_what, text, code, offset) => {
    const document = open(text, array);
    expect(document.findings()).toMatchObject([{ code, position: { offset } }]);
    expect(document.findings()[0]?.position.path).toMatch(/^\$\[1\]/);
    expect(document.value("a")).toEqual({ id: "a" });
    expect(textOf(document.edit([{ type: "delete", key: "a" }]))).toBe(
      text.replace('{"id": "a"}, ', ""),
    );
  });

  test("elements with one key are reported, both of them", () => {
    const document = open('[{"id": "a"}, {"id": "b"}, {"id": "a"}]', array);
    const found = document.findings();
    expect(found.map(({ code, position }) => [code, position.path])).toEqual([
      ["key-repeated", "$[0]"],
      ["key-repeated", "$[2]"],
    ]);
  });

  test("reports its place in the edited file, not in the one that was read", () => {
    const before = open('{\n"a": 1,\n"bad": 1e999\n}');
    const after = before.edit([{ type: "put", key: "a", value: { x: 1, y: [2] } }]);
    const [finding] = after.findings();
    expect(finding?.position.offset).toBe(textOf(after).indexOf("1e999"));
    expect(before.findings()[0]?.position.offset).toBe(textOf(before).indexOf("1e999"));
  });

  test("is neither overwritten nor removed unless that is asked for", () => {
    const text = '{"a": 1e999, "b": 1, "a": 2}';
    const document = open(text);
    const changes = [
      [put("a", 1)],
      [{ type: "delete", key: "a" }],
      [{ type: "clear" }],
      [{ type: "replaceAll", records: [["a", 1]] }],
    ] as const;
    for (const change of changes) {
      const error = errorOf(() => document.edit(change));
      expect(error?.code).toBe("CORRUPT_DATA");
      expect(error?.details.position?.path).toBe("$.a");
    }
    expect(textOf(document.edit([put("a", 1)], { replaceOpaque: true }))).toBe('{"a": 1, "b": 1}');
    expect(textOf(document.edit([{ type: "delete", key: "a" }], { replaceOpaque: true }))).toBe(
      '{"b": 1}',
    );
    expect(textOf(document.edit([{ type: "clear" }], { replaceOpaque: true }))).toBe("{}");
  });

  test("many members are checked for duplicates as few are", () => {
    const members = Array.from({ length: 1000 }, (_, index) => `"m${index}": ${index}`);
    expect(open(`{"a": {${members.join()}}}`).findings()).toEqual([]);
    expect(open(`{"a": {${[...members, '"m500": 1'].join()}}}`).findings()).toMatchObject([
      { code: "duplicate-member" },
    ]);
  });

  test("inner objects with the names of outer ones are no duplicates, and hide none", () => {
    expect(open('{"r": {"a": {"a": {"a": 1}}, "b": {"a": 1}}}').findings()).toEqual([]);
    const names = Array.from({ length: 200 }, (_, index) => `"n${index}": 0`).join();
    expect(open(`{"r": {"a": 1, "b": {${names}}, "a": 2}}`).findings()).toMatchObject([
      { code: "duplicate-member" },
    ]);
  });

  test("members beside the wrapped records are left alone, whatever they hold", () => {
    const text = String.raw`{"x": "\udc80", "models": [{"filename": "a"}], "y": 1e999}`;
    expect(open(text, models).findings()).toEqual([]);
    expect(textOf(open(text, models).edit([{ type: "clear" }]))).toBe(
      String.raw`{"x": "\udc80", "models": [], "y": 1e999}`,
    );
  });

  test("keys that look like integers keep their place", () => {
    const document = open('{"b": 1, "10": 2, "2": 3, "__proto__": 4}', object);
    expect([...document.records()].map((record) => record.key)).toEqual([
      "b",
      "10",
      "2",
      "__proto__",
    ]);
    expect(document.value("__proto__")).toBe(4);
  });
});
