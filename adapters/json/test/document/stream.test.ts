import { isStorageError } from "@cutover/core";
import { describe, expect, test } from "vitest";
import {
  type DocumentFinding,
  type DocumentLayout,
  scanRecords,
} from "../../src/document/index.ts";
import { array, catalog, errorOf, models, object, open, python } from "./samples.fixture.ts";

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

async function streamed(bytes: Buffer, layout: DocumentLayout, sizes: readonly number[]) {
  const findings: DocumentFinding[] = [];
  const records: unknown[] = [];
  const onFinding = (finding: DocumentFinding): unknown => findings.push(finding);
  const options = { file: "records.json", layout, onFinding, windowBytes: 1 };
  try {
    for await (const batch of scanRecords(pieces(bytes, sizes), options)) {
      for (const slice of batch) {
        const value = slice.problem === undefined ? slice.value() : slice.problem;
        records.push({
          key: slice.key,
          bytes: slice.bytes.toString(),
          position: slice.position,
          value,
        });
      }
    }
    return { records, findings, error: undefined };
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return {
      records,
      findings,
      error: { message: error.message, position: error.details.position },
    };
  }
}

const awkward = String.raw`{"a": {"x": "é😀\u00e9\ud83d\ude00"},
 "bad": ["\udc80", 9007199254740993], "": 1,
 "dup": {"m": 1, "m": 2}, "n": -12.5e-3, "t": true}`;

const samples: readonly (readonly [string, string, DocumentLayout])[] = [
  ["an object in Python's layout", python, object],
  ["a wrapped array", catalog, models],
  ["awkward records behind a byte order mark", `\ufeff${awkward} \n`, object],
  ["an array with findings", '[{"id":"é"},{"x":1},7,{"id":""},{"id":"b","n":[1,2]}]\r\n', array],
  [
    "a deeper wrapper",
    '{"x": {"y": 1}, "p": {"q": 0, "r": {"k": 1, "l": []}, "s": 2}, "z": null}',
    { shape: "object", at: ["p", "r"] },
  ],
  ["nothing", " [ ] ", array],
];

const broken: readonly (readonly [string, string | Uint8Array, DocumentLayout])[] = [
  ["cut off", python.slice(0, -20), object],
  ["NaN", '{"a": 1,\n "é": {"b": NaN}}', object],
  ["a trailing comma", '[{"id": "a"},\n]', array],
  ["a second document", '{"a": 1}\n{"b": 2}', object],
  ["bytes that are no UTF-8", Buffer.from('{"é": 1, "b": "\xff"}', "latin1"), object],
  ["a character cut off", Buffer.from('{"a": "😀').subarray(0, -2), object],
  ["the wrong wrapper", '{"a": 1, "models": {}}', models],
  ["no wrapper member", '{"a": 1, "b": {}}', models],
  ["no bytes", "", object],
  ["blanks", " \n ", object],
];

describe("scanRecords()", () => {
  test.each(samples)(
    "finds in %s what parseDocument() finds, wherever the bytes are split",
    async (_name, text, layout) => {
      const bytes = Buffer.from(text);
      const document = open(bytes, layout);
      const whole = await streamed(bytes, layout, []);
      const expected = [...document.records()].map((record) => ({
        key: record.key,
        bytes: record.bytes.toString(),
        value: document.problem(record) ?? record.value(),
      }));
      expect(whole.error).toBeUndefined();
      expect(whole.records).toMatchObject(expected);
      expect(whole.findings).toEqual(document.findings());
      for (let split = 0; split <= bytes.length; split += 1) {
        expect(await streamed(bytes, layout, [split])).toEqual(whole);
      }
      expect(
        await streamed(
          bytes,
          layout,
          Array.from(bytes, () => 1),
        ),
      ).toEqual(whole);
    },
  );

  test.each(broken)(
    "fails on %s as parseDocument() fails, wherever the bytes are split",
    async (_name, text, layout) => {
      const bytes = Buffer.from(text);
      const error = errorOf(() => open(bytes, layout));
      const expected = { message: error?.message, position: error?.details.position };
      expect(error).toBeDefined();
      for (let split = 0; split <= bytes.length; split += 1) {
        expect((await streamed(bytes, layout, [split])).error).toEqual(expected);
      }
      expect(
        (
          await streamed(
            bytes,
            layout,
            Array.from(bytes, () => 1),
          )
        ).error,
      ).toEqual(expected);
    },
  );

  test("reports a repeated key at its second record", async () => {
    const text = '{"a": 1, "b": 2, "a": 3}';
    const { records, findings } = await streamed(Buffer.from(text), object, []);
    expect(records).toMatchObject([
      { value: 1 },
      { value: 2 },
      { value: { code: "duplicate-key" } },
    ]);
    expect(findings.map(({ code, position }) => [code, position.offset])).toEqual([
      ["duplicate-key", 17],
    ]);
  });

  test("hands out the records before a fault", async () => {
    const { records, error } = await streamed(Buffer.from('{"a": 1, "b": 2, "c": x}'), object, []);
    expect(records).toHaveLength(2);
    expect(error?.position).toMatchObject({ offset: 22, path: "$.c" });
  });

  test("passes on what the source throws", async () => {
    const failure = new Error("disk gone");
    async function* failing(): AsyncIterable<Buffer> {
      yield Buffer.from("{");
      throw failure;
    }
    const scan = scanRecords(failing(), { file: "x", layout: object })[Symbol.asyncIterator]();
    await expect(scan.next()).rejects.toBe(failure);
  });

  test("reads 64 MB with the memory of a few windows", async () => {
    const value = JSON.stringify({ text: "x".repeat(900), n: [1, 2, 3] });
    async function* blocks(): AsyncIterable<Buffer> {
      yield Buffer.from('{"first": 0');
      for (let block = 0; block < 64; block += 1) {
        const records = Array.from({ length: 1000 }, (_, at) => `,\n"k${block}-${at}": ${value}`);
        yield Buffer.from(records.join(""));
      }
      yield Buffer.from("}");
    }
    let peak = 0;
    let count = 0;
    const gc = globalThis.gc;
    for await (const batch of scanRecords(blocks(), { file: "x", layout: object })) {
      count += batch.length;
      if (count % 10_000 < batch.length) {
        await gc?.({ execution: "async" });
        // What the first collection found is given back by a thread of its own, and is gone by now.
        await gc?.({ execution: "async" });
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
      }
    }
    expect(count).toBe(64_001);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(16 * 1024 * 1024);
  });
});
