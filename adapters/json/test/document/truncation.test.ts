import { expect, test } from "vitest";
import { StorageError } from "@cutover/core";
import { parseDocument } from "../../src/document/parse-document.ts";

/** A little over 4 KiB of records with everything a cut may fall into. */
function sample(): Buffer {
  const models = Array.from({ length: 18 }, (_unused, index) => ({
    filename: `modèle-${index}-😀.safetensors`,
    size: 1.5e9 + index,
    protected: index % 2 === 0,
    note: index % 3 === 0 ? null : 'a "quoted" \\ text\nwith lines\u2028',
    tags: [["ünï", []], {}, { deep: [true, false, -0.25] }],
  }));
  return Buffer.from(JSON.stringify({ version: "1.0", models }, null, 2));
}

/** Line and column of a byte offset, counted the plain way: decode what is before it. */
function placeAt(
  bytes: Buffer,
  offset: number,
): { readonly line: number; readonly column: number } {
  const lines = bytes.subarray(0, offset).toString("utf8").split("\n");
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}

function errorOf(bytes: Buffer): unknown {
  try {
    parseDocument(bytes, {
      file: "cut.json",
      layout: { shape: "array", at: ["models"], keyMember: "filename" },
    });
  } catch (error) {
    return error;
  }
  return undefined;
}

test("a file of 4 KiB cut off at any byte is CORRUPT_DATA at the place of the cut", () => {
  const whole = sample();
  expect(whole.length).toBeGreaterThan(4096);
  expect(errorOf(whole)).toBeUndefined();
  for (let cut = 0; cut < whole.length; cut++) {
    const error = errorOf(whole.subarray(0, cut));
    // A cut inside a character is reported where the character begins.
    let offset = cut;
    while (((whole[offset] ?? 0) & 0xc0) === 0x80) offset--;
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({
      code: "CORRUPT_DATA",
      details: { position: { file: "cut.json", offset, ...placeAt(whole, offset) } },
    });
  }
});
