import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { defineCollection, isStorageError, type StorageError } from "@cutover/core";
import { jsonBackend, parseDocument, scanRecords } from "@cutover/json";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { brokenFiles, canary, type BrokenFile } from "./malformed/corpus.ts";

failuresTellTheirCommand();

const seed = Number(process.env["CUTOVER_SEED"] ?? (isFull ? Date.now() % 1e9 : 1));
const again = `CUTOVER_SEED=${seed} npx -y pnpm@12 exec vitest run --project chaos test/chaos/malformed.chaos.test.ts`;
const corpus = brokenFiles(isFull ? 100_000 : 1_530, seed);
const layout = { shape: "object", at: [] } as const;
const file = "records.json";

/** Line and column counted over the decoded text; a byte order mark takes no column. */
function placeOf({ bytes, offset }: BrokenFile): object {
  const before = bytes.subarray(0, offset).toString("utf8").replace("\ufeff", "").split("\n");
  return {
    file,
    offset,
    line: before.length,
    column: Array.from(before.at(-1) ?? "").length + 1,
  };
}

async function errorOf(work: () => unknown): Promise<StorageError | undefined> {
  try {
    await work();
  } catch (error) {
    if (isStorageError(error)) return error;
    throw error;
  }
  return undefined;
}

function told(broken: BrokenFile, error: StorageError | undefined): object {
  const { file: named, offset, line, column } = error?.details.position ?? {};
  return {
    again,
    name: broken.name,
    text: broken.bytes.toString("latin1"),
    code: error?.code,
    position: { file: named, offset, line, column },
    isSilent: !(error?.message ?? canary).includes(canary),
  };
}

const expected = (broken: BrokenFile): object => ({
  again,
  name: broken.name,
  text: broken.bytes.toString("latin1"),
  code: "CORRUPT_DATA",
  position: placeOf(broken),
  isSilent: true,
});

describe(`${corpus.length} broken files`, () => {
  test("are of more than forty kinds, no two alike", () => {
    expect(new Set(corpus.map(({ bytes }) => bytes.toString("latin1"))).size).toBeGreaterThan(
      corpus.length * 0.95,
    );
    expect(new Set(corpus.map(({ name }) => name)).size).toBeGreaterThan(40);
  });

  test("are each reported at their first wrong byte, quoting nothing", async () => {
    for (const broken of corpus) {
      const error = await errorOf(() => parseDocument(broken.bytes, { file, layout }));
      expect(told(broken, error)).toEqual(expected(broken));
    }
  });

  test("are reported at the same byte when they are read piece by piece", async () => {
    for (const broken of corpus) {
      const error = await errorOf(async () => {
        const pieces = inPieces(broken.bytes, 7);
        for await (const batch of scanRecords(pieces, { file, layout, windowBytes: 16 }))
          void batch;
      });
      expect(told(broken, error)).toEqual(expected(broken));
    }
  });

  test("keep their bytes whatever is asked of the store: a sample", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cutover-broken-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const records = defineCollection({ name: "records" });
    for (const broken of corpus.filter((_unused, index) => index % 150 === 0 && index < 3000)) {
      writeFileSync(join(folder, file), broken.bytes);
      const backend = await jsonBackend({ folder, collections: [records] });
      const collection = backend.collection(records);
      const calls = [
        () => collection.get("a"),
        () => collection.put("a", 1),
        () => collection.clear(),
        () => collection.count(),
      ];
      const errors = await Promise.all(calls.map(errorOf));
      expect(errors.map((error) => error?.code)).toEqual(calls.map(() => "CORRUPT_DATA"));
      await backend.close();
      expect(readFileSync(join(folder, file)).equals(broken.bytes)).toBe(true);
    }
  });
});

/** Whether bytes are read as JSON.parse reads them, or refused at a place inside them. */
function verdictOn(bytes: Buffer): string {
  try {
    const document = parseDocument(bytes, { file, layout });
    if (document.findings().length > 0) return "right";
    const plain: unknown = JSON.parse(bytes.toString());
    const records = [...document.records()].map(({ key = "" }) => [key, document.value(key)]);
    const read = JSON.stringify(Object.fromEntries(records));
    return read === JSON.stringify(plain) ? "right" : `read as ${read}`;
  } catch (error) {
    if (!isStorageError(error) || error.code !== "CORRUPT_DATA") return `threw ${String(error)}`;
    const { offset = -1, line = 0, column = 0 } = error.details.position ?? {};
    const isInside = offset >= 0 && offset <= bytes.length && line > 0 && column > 0;
    return isInside ? "right" : `refused at ${offset}, ${line}:${column}`;
  }
}

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("any bytes at all", () => {
  test("are either read as JSON.parse reads them or refused with a place inside them", () => {
    const pieces = ["{", "}", "[", "]", ",", ":", '"', "\\u00", "1e", "\n", "é", "null", '"a":'];
    const strange = fc.oneof(
      fc.constantFrom(...pieces).map((s) => Buffer.from(s)),
      fc.uint8Array({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(strange, { maxLength: 24 }), (parts) => {
        const bytes = Buffer.concat([Buffer.from('{"k":'), ...parts, Buffer.from("}")]);
        expect(verdictOn(bytes)).toBe("right");
      }),
      { numRuns: isFull ? 1_000_000 : 3_000, seed },
    );
  });
});
