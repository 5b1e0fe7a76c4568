import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  defaultFormat,
  detectFormat,
  emptyDocument,
  formatValue,
} from "../../src/document/index.ts";
import { array, catalog, models, object, open, python, textOf } from "./samples.fixture.ts";

const value = {
  text: 'café 😀 \u007f " \\ / \b\f\n\r\t \u2028',
  empty: [{}, []],
  list: [1, 2.5, true, null],
  inner: { a: { b: [] } },
};
const pythonFormat = { ...defaultFormat, ascii: true, trailingNewline: false };

describe("formatValue()", () => {
  test("writes what Python's json.dump(value, indent=2) writes", () => {
    expect(formatValue(value, pythonFormat, 0).toString("latin1")).toBe(String.raw`{
  "text": "caf\u00e9 \ud83d\ude00 \u007f \" \\ / \b\f\n\r\t \u2028",
  "empty": [
    {},
    []
  ],
  "list": [
    1,
    2.5,
    true,
    null
  ],
  "inner": {
    "a": {
      "b": []
    }
  }
}`);
  });

  test("writes what Python's json.dumps(value) writes", () => {
    const format = { ...pythonFormat, indent: "" };
    expect(formatValue(value, format, 0).toString("latin1")).toBe(
      String.raw`{"text": "caf\u00e9 \ud83d\ude00 \u007f \" \\ / \b\f\n\r\t \u2028", "empty": [{}, []], "list": [1, 2.5, true, null], "inner": {"a": {"b": []}}}`,
    );
  });

  test("writes what JSON.stringify writes, compact and indented", () => {
    const compact = { ...defaultFormat, indent: "", itemSeparator: "", keySeparator: "" };
    expect(formatValue(value, compact, 3).toString()).toBe(JSON.stringify(value));
    expect(formatValue(value, defaultFormat, 0).toString()).toBe(JSON.stringify(value, null, 2));
    const tabs = { ...defaultFormat, indent: "\t" };
    expect(formatValue(value, tabs, 0).toString()).toBe(JSON.stringify(value, null, "\t"));
  });

  test("indents further lines to the depth, ends them with CRLF, and escapes slashes, where asked", () => {
    const format = { ...defaultFormat, newline: "\r\n", escapeSlash: true } as const;
    expect(formatValue({ a: ["x/y"] }, format, 1).toString()).toBe(
      '{\r\n    "a": [\r\n      "x\\/y"\r\n    ]\r\n  }',
    );
  });

  test("keeps containers on one line from a depth on, or where they hold scalars only", () => {
    const inline = { ...defaultFormat, inlineFrom: 1 };
    expect(formatValue({ a: { b: [1] } }, inline, 0).toString()).toBe('{\n  "a": {"b": [1]}\n}');
    const scalars = { ...defaultFormat, inlineScalarArrays: true };
    expect(formatValue([[1, 2], [[3]]], scalars, 0).toString()).toBe(
      "[\n  [1, 2],\n  [\n    [3]\n  ]\n]",
    );
  });
});

describe("detectFormat()", () => {
  test.each([
    [
      "Python, indented",
      python,
      { indent: "  ", ascii: true, newline: "\n", trailingNewline: false },
    ],
    ["the catalogue", catalog, { indent: "  ", inlineScalarArrays: true, trailingNewline: true }],
    [
      "Python, compact",
      '{"a": 1, "b": [1, 2]}',
      { indent: "", itemSeparator: " ", keySeparator: " " },
    ],
    ["JSON.stringify", '{"a":1,"b":[1,2]}', { indent: "", itemSeparator: "", keySeparator: "" }],
    [
      "JSON.stringify with one member",
      '{"a":1}',
      { indent: "", itemSeparator: "", keySeparator: "" },
    ],
    ["four spaces", '{\n    "a": {\n        "b": 1\n    }\n}', { indent: "    " }],
    [
      "tabs and CRLF",
      '{\r\n\t"a": 1\r\n}\r\n',
      { indent: "\t", newline: "\r\n", trailingNewline: true },
    ],
    ["one record a line", '[\n  {"a": 1},\n  {"a": 2}\n]', { indent: "  ", inlineFrom: 1 }],
    ["raw text", '{"a": "é"}', { ascii: false }],
    ["escaped slashes", String.raw`{"a": "x\/y"}`, { escapeSlash: true }],
    ["both kinds of slashes", String.raw`{"a": "x\/y/z"}`, { escapeSlash: false }],
    ["a byte order mark", '\ufeff{"a": 1}', { byteOrderMark: true }],
  ])("recognises %s", (_name, text, format) => {
    expect(detectFormat(Buffer.from(text))).toMatchObject(format);
  });

  test("takes what a document does not show from the hint", () => {
    const hint = { indent: "\t", ascii: false, keySeparator: "" };
    expect(detectFormat(Buffer.from("{}"), hint)).toMatchObject(hint);
    expect(detectFormat(Buffer.from('{\n  "a": 1\n}'), hint)).toMatchObject({
      indent: "  ",
      ascii: false,
    });
    expect(detectFormat(Buffer.from(String.raw`{"a": "\u00e9"}`), hint).ascii).toBe(true);
  });
});

describe("emptyDocument()", () => {
  const record = { id: "a", filename: "a", n: [1] };
  const change = { type: "put", key: "a", value: record } as const;

  test.each([
    [
      "an object",
      object,
      {},
      "{}\n",
      '{\n  "a": {\n    "id": "a",\n    "filename": "a",\n    "n": [\n      1\n    ]\n  }\n}\n',
    ],
    [
      "an array on one line",
      array,
      { indent: "", trailingNewline: false },
      "[]",
      '[{"id": "a", "filename": "a", "n": [1]}]',
    ],
    [
      "a wrapped array",
      models,
      { inlineFrom: 2, byteOrderMark: true },
      '\ufeff{\n  "models": []\n}\n',
      '\ufeff{\n  "models": [\n    {"id": "a", "filename": "a", "n": [1]}\n  ]\n}\n',
    ],
  ])("starts %s, and its first record opens it", (_name, layout, format, empty, filled) => {
    const document = emptyDocument({ file: "new.json", layout, format });
    expect(textOf(document)).toBe(empty);
    const one = document.edit([change]);
    expect(textOf(one)).toBe(filled);
    expect(textOf(one.edit([{ type: "delete", key: "a" }]))).toBe(empty);
    expect(open(filled, layout).value("a")).toEqual(record);
  });
});

const samples = process.env["CUTOVER_SAMPLES"];

describe.skipIf(samples === undefined)("the application's own files", () => {
  test.each([
    ["settings.json", object],
    ["download_history.json", { ...array, keyMember: "filename" }],
    ["model_catalog.json", models],
    ["model_metadata.json", object],
    ["node_metadata.json", object],
    ["tavily_cache.json", object],
    ["usage_cache.json", object],
    ["metadata/model-aliases.json", { shape: "object", at: ["aliases"] }],
  ] as const)("%s keeps every byte, also when every record is written anew", (name, layout) => {
    const bytes = readFileSync(join(samples ?? "", name));
    const document = open(bytes, layout);
    expect(Buffer.concat(document.chunks()).equals(bytes)).toBe(true);
    const records = [...document.records()];
    const puts = records.map(
      (one) => ({ type: "put", key: one.key ?? "", value: one.parse() }) as const,
    );
    expect(document.edit(puts)).toBe(document);
    const emptied = document.edit([{ type: "clear" }]);
    const refilled = JSON.parse(textOf(emptied.edit(puts)));
    expect(refilled).toEqual(JSON.parse(bytes.toString("utf8")));
  });
});
