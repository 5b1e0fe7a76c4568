import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonDocument, reparseDocument } from "../../src/document/index.ts";
import { array, errorOf, models, object, open, textOf } from "./samples.fixture.ts";

const size = 1000;
const entry = (index: number): string => `  "k${index}": {\n    "n": ${index}.0\n  }`;
const documentText = (entries: readonly string[]): string => `{\n${entries.join(",\n")}\n}\n`;
const entries = Array.from({ length: size }, (_, index) => entry(index));

/** The document that `work` gives, and everything it shows; or the error. */
function outcome(work: () => JsonDocument) {
  let document: JsonDocument | undefined;
  const error = errorOf(() => {
    document = work();
  });
  if (document === undefined) return { document, summary: { error: error?.details } };
  const read = document;
  const records = [...read.records()];
  const put = [{ type: "put", key: "k900", value: 5 }] as const;
  const summary = {
    text: textOf(read),
    sizeBytes: read.sizeBytes,
    size: read.size,
    findings: read.findings(),
    records: records.map((record) => [record.key, record.isOpaque, record.bytes.toString()]),
    found: records.map((record) => read.get(record.key ?? "")?.bytes.toString()),
    edited: textOf(read.edit(put, { replaceOpaque: true })),
  };
  return { document: read, summary };
}

describe("reparseDocument()", () => {
  test("gives the very document back when no byte changed", () => {
    const document = open(documentText(entries));
    expect(reparseDocument(document, Buffer.from(documentText(entries)))).toBe(document);
  });

  test("keeps the parsed values of records away from the change", () => {
    const document = open(documentText(entries));
    const kept = [document.value("k0"), document.value("k999")];
    const next = reparseDocument(
      document,
      Buffer.from(documentText(entries.with(500, '  "k500": 7'))),
    );
    expect(next.value("k500")).toBe(7);
    expect(next.value("k0")).toBe(kept[0]);
    expect(next.value("k999")).toBe(kept[1]);
    expect(document.value("k500")).toEqual({ n: 500 });
  });

  test("keeps the parsed values between changes that lie far apart, of whatever length", () => {
    const many = Array.from({ length: 4000 }, (_, index) => entry(index));
    const document = open(documentText(many));
    const between = ["k700", "k1700", "k2700"];
    const kept = between.map((key) => document.value(key));
    const changed = many
      .with(3999, '  "k3999": 9')
      .toSpliced(2200, 1)
      .toSpliced(1301, 1, '  "new": {}')
      .with(1, '  "k1": "a longer value than the one that was there before"');
    const next = reparseDocument(document, Buffer.from(documentText(changed)));
    expect(textOf(next)).toBe(documentText(changed));
    for (const [index, key] of between.entries()) expect(next.value(key)).toBe(kept[index]);
    expect(next.value("k3999")).toBe(9);
    expect(next.value("k2200")).toBeUndefined();
    expect(next.value("k1301")).toBeUndefined();
    expect(next.value("new")).toEqual({});
    expect(next.size).toBe(3999);
  });

  test("sees a record that changed places with one far away", () => {
    const swapped = entries.with(5, entry(905)).with(905, entry(5));
    const next = reparseDocument(open(documentText(entries)), Buffer.from(documentText(swapped)));
    expect(outcome(() => next).summary).toEqual(outcome(() => open(documentText(swapped))).summary);
  });

  test("gives what parseDocument() gives, whatever was spliced, and can be edited on", () => {
    const piece = fc.constantFrom(
      "",
      " ",
      ",",
      "\n",
      "}",
      '"',
      '  "new": 1,\n',
      '  "k3": 1,\n',
      ',\n  "é": {}',
      "{",
      "\\udc80",
      "9",
      "\u00e9",
      '"x": {"a": 1, "a": 2}, ',
    );
    const lines = documentText(entries).split("\n");
    const splice = fc.record({
      at: fc.nat(lines.length),
      remove: fc.nat(9),
      insert: piece,
      inLine: fc.nat(20),
    });
    const several = { minLength: 1, maxLength: 2 };
    let reused = 0;
    fc.assert(
      fc.property(fc.array(fc.array(splice, several), { minLength: 2, maxLength: 5 }), (rounds) => {
        let before = open(documentText(entries));
        for (const splices of rounds) {
          const now = textOf(before).split("\n");
          for (const { at, remove, insert, inLine } of splices) {
            const [first = ""] = now.splice(at, remove);
            const rest = insert.endsWith("\n") ? "" : first.slice(inLine);
            now.splice(at, 0, remove > 0 ? first.slice(0, inLine) + insert + rest : insert);
          }
          const bytes = Buffer.from(now.join("\n"));
          const again = outcome(() => reparseDocument(before, bytes));
          expect(again.summary).toEqual(outcome(() => open(bytes)).summary);
          const sharesGroups = again.document?.state.groups.some((one) =>
            before.state.groups.includes(one),
          );
          reused += sharesGroups === true && again.document !== before ? 1 : 0;
          before = again.document ?? before;
        }
      }),
      { numRuns: 200 },
    );
    expect(reused).toBeGreaterThan(30);
  });

  test("no longer reports a repeated key once one of the two was renamed", () => {
    const repeated = documentText(entries.with(10, '  "k900": 1'));
    const before = open(repeated);
    expect(before.findings()).toHaveLength(2);
    const after = reparseDocument(before, Buffer.from(repeated.replace('"k900": 1', '"z": 1')));
    expect(after.findings()).toEqual([]);
    expect(after.value("k900")).toEqual({ n: 900 });
    expect(after.opaqueCount).toBe(0);
  });

  test("falls back to reading all of it when the wrapper changed", () => {
    const text = '{"v": 1, "models": [{"filename": "a"}], "w": 2}';
    const document = open(text, models);
    const next = reparseDocument(document, Buffer.from(text.replace('"v": 1', '"v": 22')));
    expect(textOf(next)).toBe(text.replace('"v": 1', '"v": 22'));
  });

  test.each([
    ["emptied", "[]"],
    ["grown from nothing", '[{"id": "z"}, {"id": "y"}]'],
  ])("reads an array that was %s", (_name, text) => {
    const document = open(text === "[]" ? '[{"id": "a"}]' : "[]", array);
    const next = reparseDocument(document, Buffer.from(text));
    expect(textOf(next)).toBe(text);
    expect(next.size).toBe(open(text, array).size);
  });

  test("an appended and a prepended record are found without a full scan's losses", () => {
    const document = open(documentText(entries), object);
    const marker = document.value("k500");
    const longer = reparseDocument(document, Buffer.from(documentText([...entries, '  "z": 1'])));
    expect(longer.value("z")).toBe(1);
    expect(longer.value("k500")).toBe(marker);
    const both = reparseDocument(
      longer,
      Buffer.from(documentText(['  "y": 1', ...entries, '  "z": 1'])),
    );
    expect([...both.records()][0]?.key).toBe("y");
    expect(both.value("k500")).toBe(marker);
  });
});
