import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  catalog,
  errorOf,
  models,
  object,
  open,
  placeAt,
  python,
  textOf,
} from "./samples.fixture.ts";

function accepts(bytes: Buffer): boolean {
  // A one-member wrapper lets any JSON value stand where the document expects a record.
  const whole = Buffer.concat([Buffer.from('{"k":'), bytes, Buffer.from("}")]);
  const error = errorOf(() => open(whole));
  expect(error?.code ?? "CORRUPT_DATA").toBe("CORRUPT_DATA");
  return error === undefined;
}

function parses(bytes: Buffer): boolean {
  try {
    // Wrapped alike: `1}{` must not close the wrapper in one and fail in the other.
    JSON.parse(`{"k":${new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)}}`);
    return true;
  } catch {
    return false;
  }
}

const nest = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

const corpus = [
  "0",
  "-0",
  "01",
  "-01",
  "-",
  "+1",
  ".5",
  "1.",
  "1.e1",
  "1e",
  "1e+",
  "1E-2",
  "1e5",
  "0.0",
  "-1.5e+300",
  "1 2",
  "true",
  "tru",
  "truex",
  "TRUE",
  "null",
  "nul",
  "false",
  "NaN",
  "Infinity",
  "-Infinity",
  "undefined",
  "None",
  '""',
  '"',
  '"a',
  "'a'",
  '"\\"',
  '"\\u12"',
  '"\\u12G4"',
  '"\\ud83d\\ude00"',
  '"\\x41"',
  '"\\/"',
  '"\t"',
  '"\u0000"',
  '"\u007f"',
  '"\u2028"',
  '"é😀"',
  "[]",
  "[",
  "]",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1,2]",
  "[ ]",
  "{}",
  "{",
  "}",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1 "b":2}',
  "{a:1}",
  '{"a":1,"a":2}',
  "{1:2}",
  "// x\n1",
  "1 /* x */",
  "#",
  "[[[]]]",
  "[[[]]",
  '[{"a":[1,{"b":null}]}]',
  "\u00a01",
  "\f1",
  "\v1",
  "1\u2003",
  "",
  " ",
  "[1,\n\r\t 2 ]",
  "\ufeff1",
  '{"a" : 1 , "b":2}',
  '{"a":1}}',
  '"a" "b"',
  "[1}",
  '{"a":1]',
  "1,",
  '1,"j":2',
  "--1",
  "1e999",
  "-1e999",
  '{"":0}',
];

describe("the grammar", () => {
  test.each(corpus)("accepts %j exactly when JSON.parse does", (text) => {
    expect(accepts(Buffer.from(text))).toBe(parses(Buffer.from(text)));
  });

  test("accepts and rejects what JSON.parse accepts and rejects, after any flips of bytes", () => {
    const seeds = [...corpus, python, catalog].map((text) => Buffer.from(text));
    const printable = fc.integer({ min: 0x20, max: 0x7e });
    const byte = fc.oneof(printable, fc.nat(255));
    const flips = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 3 });
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...seeds), flips, (seed, changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, next] of changes) if (bytes.length > 0) bytes[at % bytes.length] = next;
        const isAccepted = accepts(bytes);
        accepted += isAccepted ? 1 : 0;
        expect(isAccepted).toBe(parses(bytes));
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test("accepts any text made of JSON's own pieces exactly when JSON.parse does", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b\\n"',
      "1",
      "-2.5e3",
      "true",
      "null",
      " ",
      "\n",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (parts) => {
        const bytes = Buffer.from(parts.join(""));
        expect(accepts(bytes)).toBe(parses(bytes));
      }),
      { numRuns: 20_000 },
    );
  });

  test("accepts every JSON value in any spelling of white space", () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((one) => !JSON.stringify(one).includes("u0000")),
        fc.constantFrom(0, 1, 2, "\t"),
        (value, indent) => {
          const text = JSON.stringify({ k: value }, null, indent);
          const document = open(text);
          expect(document.value("k")).toEqual(JSON.parse(text).k);
        },
      ),
    );
  });
});

describe("a broken file", () => {
  const sample = Buffer.from(`\ufeff${catalog.replace("ae.s", "ä😀.s")}`.trimEnd());

  test("is CORRUPT_DATA with offset, line and column wherever it was cut off", () => {
    for (let cut = 0; cut < sample.length; cut += 1) {
      const bytes = sample.subarray(0, cut);
      const error = errorOf(() => open(bytes, models));
      expect(error?.code).toBe("CORRUPT_DATA");
      // A cut inside a character is reported where the character begins.
      let offset = cut;
      while (offset > 0 && ((sample[offset] ?? 0) & 0xc0) === 0x80) offset -= 1;
      const place = placeAt(bytes.subarray(Math.min(3, offset)), Math.max(0, offset - 3));
      expect({ cut, position: error?.details.position }).toMatchObject({
        cut,
        position: { file: "records.json", offset, ...place },
      });
    }
  });

  test.each([
    [
      '{"a": NaN}',
      6,
      "$.a",
      /`NaN` is not JSON; Python's json module writes it; replace it with null or a number/,
    ],
    ['{"a": [1, -Infinity]}', 10, "$.a[1]", /`-Infinity` is not JSON/],
    ['{"a": Infinity}', 6, "$.a", /`Infinity` is not JSON/],
    ['{"a": {"b c": [1,]}}', 17, '$.a["b c"][1]', /comma after the last element/],
    ['{"a": 1,}', 8, "$", /comma after the last element/],
    ['{"a": 1} // x', 9, "$", /something follows after the end/],
    ['{"a": /* x */ 1}', 6, "$.a", /no comments/],
    ["{'a': 1}", 1, "$", /single quotes/],
    ['{"a": True}', 6, "$.a", /`True` is Python/],
    ['{"a": "x\ty"}', 8, "$.a", /control character/],
    ['{"a": "\\q"}', 7, "$.a", /no such escape/],
    ['{"a": 012}', 6, "$.a", /leading zeros/],
    ["", 0, "$", /empty \(0 bytes\)/],
    [" \n", 2, "$", /blank/],
    ["[]", 0, "$", /layout says that an object stands here/],
    ['{"a": 1', 7, "$.a", /ends too early/],
  ])(
    "%j is reported at byte %i, %s, with a message that says what to do",
    (text, offset, path, message) => {
      const error = errorOf(() => open(text));
      expect(error?.message).toMatch(message);
      expect(error?.details.position).toMatchObject({
        offset,
        path,
        ...placeAt(Buffer.from(text), offset),
      });
    },
  );

  test.each([
    ['{"version": 1}', /member `models`, which should hold the records, is missing/],
    ['{"models": {}}', /layout says that an array stands here/],
    ['{"models": [], "models": []}', /appears twice/],
    ['{"models": [{"filename": "a"}, {"filename": x}]}', /a value is expected/],
  ])("a wrapper such as %j is refused, not read as empty", (text, message) => {
    expect(errorOf(() => open(text, models))?.message).toMatch(message);
  });

  test("names the member inside the wrapped array where the fault lies", () => {
    const text = '{"models": [{"filename": "a"}, {"filename": "b", "url": nope}]}';
    expect(errorOf(() => open(text, models))?.details.position?.path).toBe("$.models[1].url");
  });

  test("never quotes the file's content in its message", () => {
    const error = errorOf(() => open('{"token": "s3cret" "x"}'));
    expect(error?.message).not.toContain("s3cret");
  });

  test.each([
    ["a stray byte", [0xff], 7],
    ["an overlong form", [0xc0, 0xaf], 7],
    ["a surrogate in UTF-8", [0xed, 0xa0, 0x80], 7],
    ["a lone continuation byte", [0x41, 0x80], 8],
  ])("with %s is reported at the first bad byte", (_name, bad, offset) => {
    const bytes = Buffer.concat([Buffer.from('{"a": "'), Buffer.from(bad), Buffer.from('"}')]);
    const error = errorOf(() => open(bytes));
    expect(error?.message).toMatch(/not UTF-8/);
    expect(error?.details.position).toMatchObject({ offset, path: "$.a" });
  });

  test("with a bad byte far into the file is reported at that byte", () => {
    const bytes = Buffer.from(`{"a": "${"é".repeat(70_000)}x"}`);
    const at = bytes.length - 3;
    bytes[at] = 0xfe;
    expect(errorOf(() => open(bytes))?.details.position).toMatchObject({
      offset: at,
      line: 1,
      column: 70_008,
    });
  });
});

describe("deep nesting", () => {
  test("of 512 levels is read, of 513 is a finding, of a million overflows nothing", () => {
    expect(open(`{"a": ${nest(512)}}`, object).findings()).toEqual([]);
    const deep = open(`{"a": ${nest(513)}, "b": 1}`, object);
    expect(deep.findings()).toMatchObject([{ code: "too-deep", position: { offset: 6 + 512 } }]);
    expect(deep.value("b")).toBe(1);
    const deeper = open(`{"a": ${nest(1_000_000)}}`, object);
    expect(deeper.findings().map((finding) => finding.code)).toEqual(["too-deep"]);
    expect(textOf(deeper).length).toBe(2_000_007);
  });
});
