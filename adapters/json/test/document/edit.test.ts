import type { JsonValue } from "@cutover/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DocumentChange, defaultFormat, reformat } from "../../src/document/index.ts";
import {
  array,
  catalog,
  errorOf,
  models,
  object,
  open,
  python,
  textOf,
} from "./samples.fixture.ts";

const put = (key: string, value: JsonValue): DocumentChange => ({ type: "put", key, value });

const value = (key: string): JsonValue => ({ id: key, filename: key, list: [1, {}] });

const layouts = [
  ["Python's layout", python, object],
  ["the catalogue", catalog, models],
  [
    "CRLF, tabs and a byte order mark",
    '\ufeff{\r\n\t"a": [1],\r\n\t"b":\t{"x" : 1 }\r\n}\r\n',
    object,
  ],
  ["one line, odd spaces", ' { "a" :1 ,  "b": { } }\n\n', object],
  ["one record a line", '[\n  {"id": "a", "n": 1.0},\n  {"id": "b", "n": 2}\n]\n', array],
  ["nothing", "{ \n }", object],
] as const;

describe("a document", () => {
  test.each(layouts)("in %s keeps every byte until it is changed", (_name, text, layout) => {
    const document = open(text, layout);
    expect(textOf(document)).toBe(text);
    expect(document.sizeBytes).toBe(Buffer.byteLength(text));
    const same = [...document.records()].map((record) => put(record.key ?? "", record.parse()));
    expect(document.edit(same)).toBe(document);
    expect(
      document.edit([
        {
          type: "replaceAll",
          records: same.flatMap((one) =>
            one.type === "put" ? [[one.key, one.value] as const] : [],
          ),
        },
      ]),
    ).toBe(document);
    expect(document.edit([{ type: "delete", key: "none" }])).toBe(document);
  });

  test.each(layouts)(
    "in %s takes new records at either end, and gives them back",
    (_name, text, layout) => {
      const document = open(text, layout);
      const changed = document.edit([
        put("z", value("z")),
        { type: "put", key: "y", value: value("y"), order: "prepend" },
      ]);
      const again = open(textOf(changed), layout);
      const keys = [...document.records()].map((record) => record.key);
      expect([...again.records()].map((record) => record.key)).toEqual(["y", ...keys, "z"]);
      expect(again.value("z")).toEqual(value("z"));
      const back = changed.edit([
        { type: "delete", key: "z" },
        { type: "delete", key: "y" },
      ]);
      // An emptied container is closed up, as Python would write it.
      expect(textOf(back)).toBe(keys.length > 0 ? text : "{}");
      expect(textOf(document)).toBe(text);
    },
  );

  test("changes only the member that changed, in the style around it", () => {
    const document = open(catalog, models);
    const old = Object(document.value("flux1-dev-fp8.safetensors"));
    const next = { ...old, tags: ["flux", "fp16", "dev"], note: { a: [1, 2], b: {} } };
    expect(textOf(document.edit([put("flux1-dev-fp8.safetensors", next)]))).toBe(
      catalog.replace(
        '"fp8", "dev"]',
        '"fp16", "dev"],\n      "note": {\n        "a": [1, 2],\n        "b": {}\n      }',
      ),
    );
  });

  test("appends and removes records in the catalogue's style", () => {
    const document = open(catalog, models);
    const added = document.edit([put("n", { filename: "n", tags: ["é"] })]);
    expect(textOf(added)).toBe(
      catalog.replace(
        '"tags": ["vae"]\n    }',
        '"tags": ["vae"]\n    },\n    {\n      "filename": "n",\n      "tags": ["\\u00e9"]\n    }',
      ),
    );
    const keys = [...document.records()].map((record) => record.key ?? "");
    const emptied = document.edit(keys.map((key) => ({ type: "delete", key })));
    expect(textOf(emptied)).toContain('"models": [],');
    expect(textOf(emptied.edit([put("n", { filename: "n" })]))).toContain(
      '"models": [\n    {\n      "filename": "n"\n    }\n  ],',
    );
  });

  test("opens an empty container as Python would, and closes an emptied one", () => {
    const document = open("{}");
    const filled = document.edit([put("é", 1)]);
    expect(textOf(filled)).toBe('{\n  "\\u00e9": 1\n}');
    expect(textOf(filled.edit([{ type: "clear" }]))).toBe("{}");
  });

  test("overwriting keeps the place, deleting and putting again moves to the end", () => {
    const document = open('{"a": 1, "2": 2, "1": 3}');
    expect(textOf(document.edit([put("2", 9)]))).toBe('{"a": 1, "2": 9, "1": 3}');
    const moved = document.edit([{ type: "delete", key: "a" }, put("a", 9)]);
    expect(textOf(moved)).toBe('{"2": 2, "1": 3, "a": 9}');
  });

  test("replaceAll sets order and content, and keeps the bytes of values that stay", () => {
    const document = open('{"a": 1.0, "b": {"x":1e3}, "c": 3}');
    const records = [
      ["b", { x: 1000 }],
      ["d", 4],
      ["a", 1],
    ] as const;
    const replaced = document.edit([{ type: "replaceAll", records }]);
    expect(textOf(replaced)).toBe('{"b": {"x":1e3}, "d": 4, "a": 1.0}');
    expect(replaced.value("c")).toBeUndefined();
    expect(replaced.value("d")).toBe(4);
  });

  test("refuses a value for an array that lacks its key, and keys no store takes", () => {
    const document = open('[{"id": "a"}]', array);
    for (const value of [{ id: "b" }, { x: 1 }, 5, ["id"]]) {
      expect(errorOf(() => document.edit([put("a", value)]))?.code).toBe("INVALID_VALUE");
    }
    for (const key of ["", "\ud800", "a\0", "x".repeat(1025)]) {
      expect(errorOf(() => open("{}").edit([put(key, 1)]))?.code).toBe("INVALID_KEY");
    }
  });

  test("behaves as an ordered map over many edits, and its bytes always say the same", () => {
    const key = fc.integer({ min: 0, max: 400 }).map((number) => `k${number}`);
    const change = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          type: fc.constant("put" as const),
          key,
          value: fc.integer(),
          order: fc.constantFrom("append" as const, "prepend" as const),
        }),
      },
      { weight: 4, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
    );
    const rounds = fc.array(fc.array(change, { maxLength: 60 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), rounds, (size, batches) => {
        let model = Array.from({ length: size }, (_, index): [string, number] => [
          `k${index}`,
          index,
        ]);
        let document = open(JSON.stringify(Object.fromEntries(model), null, 1));
        for (const batch of batches) {
          document = document.edit(batch);
          for (const one of batch) {
            const at = model.findIndex(([name]) => name === one.key);
            if (one.type === "delete") model = model.filter((_, index) => index !== at);
            else if (at >= 0) model[at] = [one.key, one.value];
            else if (one.order === "append") model.push([one.key, one.value]);
            else model.unshift([one.key, one.value]);
          }
          expect([...document.records()].map((record) => [record.key, record.value()])).toEqual(
            model,
          );
          expect(document.size).toBe(model.length);
          expect(textOf(document)).toBe(JSON.stringify(Object.fromEntries(model), null, 1));
          for (const [name, value] of model) expect(document.value(name)).toBe(value);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of 20,000 records is changed in few groups and handed out in few buffers", () => {
    const all = Array.from({ length: 20_000 }, (_, index) => [`k${index}`, { n: index }] as const);
    let document = open(JSON.stringify(Object.fromEntries(all), null, 2));
    for (let step = 0; step < 1000; step += 1) {
      document = document.edit([put(`k${(step * 7919) % 20_000}`, { n: -step })]);
    }
    expect(document.chunks().length).toBeLessThan(400);
    expect(Object.keys(JSON.parse(textOf(document)))).toHaveLength(20_000);
    const emptied = document.edit(all.map(([key]) => ({ type: "delete", key })));
    expect(emptied.size).toBe(0);
    expect(emptied.get("k5")).toBeUndefined();
    expect(document.value("k5")).toBeDefined();
  });
});

describe("reformat()", () => {
  const name = fc.stringMatching(/^[a-e]{1,2}$/);
  const scalar = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.string().filter((text) => text.isWellFormed()),
  );
  const { tree } = fc.letrec<{ tree: JsonValue; leaf: JsonValue }>((tie) => ({
    leaf: scalar,
    tree: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const record = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 5, noNullPrototype: true });
  const spelling = fc.constantFrom(0, 1, 2, "\t");
  const place = { format: defaultFormat, depth: 0 };

  test("gives the next value, member order included, whatever changed", () => {
    fc.assert(
      fc.property(record, record, spelling, (value, next, indent) => {
        const bytes = Buffer.from(JSON.stringify(value, null, indent));
        const text = reformat({ bytes, value }, next, place).toString();
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(next));
      }),
    );
  });

  test("changes no byte outside the one member that changed", () => {
    fc.assert(
      fc.property(record, fc.nat(), tree, spelling, (value, pick, leaf, indent) => {
        const names = Object.keys(value);
        const changed = names[pick % names.length] ?? "";
        const bytes = Buffer.from(JSON.stringify(value, null, indent));
        const next = { ...value, [changed]: leaf };
        const text = reformat({ bytes, value }, next, place).toString();
        const before = JSON.stringify({ ...value, [changed]: "\u0001" }, null, indent);
        const [head = "", tail = ""] = before.split(String.raw`"\u0001"`);
        expect(text.startsWith(head)).toBe(true);
        expect(text.endsWith(tail)).toBe(true);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(next));
      }),
    );
  });

  const cases = [
    [
      "a changed leaf deep inside",
      '{"a": {"b": [1.0, {"c" :2e1}]}, "d": 3.50}',
      { a: { b: [1, { c: 7 }] }, d: 3.5 },
      '{"a": {"b": [1.0, {"c" :7}]}, "d": 3.50}',
    ],
    ["a removed first member", '{ "a": 1,\n "b": 2.0 }', { b: 2 }, '{ "b": 2.0 }'],
    ["a removed last member", '{ "a": 1,\n "b": 2.0 }', { a: 1 }, '{ "a": 1 }'],
    ["all members removed", '{ "a": 1 }', {}, "{}"],
    [
      "a member added at the end",
      '{\n\t"a": 1.0\n}',
      { a: 1, b: [] },
      '{\n\t"a": 1.0,\n\t"b": []\n}',
    ],
    [
      "a member added in the middle",
      '{"a":1.0,"c":3}',
      { a: 1, b: 2, c: 3 },
      '{"a":1.0,"b":2,"c":3}',
    ],
    ["a member added in front", '{"a":1.0,"c":3}', { z: 0, a: 1, c: 3 }, '{"z":0,"a":1.0,"c":3}'],
    ["members in another order", '{"a": 1.0, "b": 2.0}', { b: 2, a: 1 }, '{"b": 2.0, "a": 1.0}'],
    ["an integer-like name that stays", '{"b": 1.0, "7": 2}', { b: 1, 7: 3 }, '{"b": 1.0, "7": 3}'],
    ["an element put in front", "[1.0, 2.0]", [0, 1, 2], "[0, 1.0, 2.0]"],
    ["an element taken out", "[1.0, 2.0,  3.0]", [1, 3], "[1.0,  3.0]"],
    [
      "an appended object",
      '[\n  {"a": 1}\n]',
      [{ a: 1 }, { a: 2 }],
      '[\n  {"a": 1},\n  {\n    "a": 2\n  }\n]',
    ],
    ["another kind of value", '{"a": [1]}', { a: "x" }, '{"a": "x"}'],
    ["a value put into an empty object", '{"a": {}}', { a: { b: 1 } }, '{"a": {"b": 1}}'],
    [
      "an escaped name",
      String.raw`{"\u0061": 1.0, "b": 2}`,
      { a: 1, b: 3 },
      String.raw`{"\u0061": 1.0, "b": 3}`,
    ],
  ] as const;

  test.each(cases)("keeps all else with %s", (_name, before, next, after) => {
    const previous = { bytes: Buffer.from(before), value: JSON.parse(before) };
    const format = { ...defaultFormat, itemSeparator: before.includes(", ") ? " " : "" };
    expect(reformat(previous, next, { format, depth: 0 }).toString()).toBe(after);
  });
});
