import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { isStorageError } from "@cutover/core";
import { parseDocument, scanRecords } from "@cutover/json";
import { Random } from "../histories/load/random.ts";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { mutated } from "./malformed/mutation.ts";

failuresTellTheirCommand();

/**
 * Law: of any bytes, the reader of JSON files makes what JSON.parse makes of them, or refuses them
 * where JSON.parse does, at the same byte whether they come whole or in pieces. For a bounded time:
 * `CUTOVER_FUZZ_SECONDS`; the n-th case of a seed is always the same, and can be run alone.
 */
const seconds = Number(process.env["CUTOVER_FUZZ_SECONDS"] ?? (isFull ? 600 : 4));
const seed = Number(process.env["CUTOVER_SEED"] ?? (isFull ? Date.now() % 1e9 : 1));
const only = process.env["CUTOVER_FUZZ_CASE"];
const place = { file: "records.json", layout: { shape: "object", at: [] } } as const;

const documents = [
  {},
  { a: { n: 1 } },
  { a: { n: 1.5e3, t: "é😀\n\u0001", deep: [[[{ x: null }]]] }, b: { list: [true, false, "x"] } },
  Object.fromEntries(Array.from({ length: 12 }, (_unused, n) => [`k${n}`, { n, s: `v${n}` }])),
];
const texts = documents.flatMap((value) =>
  [undefined, 2, "\t"].map((indent) => Buffer.from(JSON.stringify(value, null, indent))),
);

/** What JSON.parse makes of a file; undefined if it refuses it, or it holds no records. */
function plainly(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** The byte at which a file is refused. @throws anything but a refusal */
async function refusal(work: () => unknown): Promise<number | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isStorageError(error, "CORRUPT_DATA")) throw error;
    return error.details.position?.offset ?? -1;
  }
}

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const outcomes = { refused: 0, read: 0, readInPart: 0 };

/** @returns what is wrong, or undefined */
async function wrongWith(bytes: Buffer, random: Random): Promise<string | undefined> {
  const plain = plainly(bytes);
  const whole = await refusal(() => parseDocument(bytes, place));
  const size = 1 + random.below(20);
  const piecewise = await refusal(async () => {
    const batches = scanRecords(inPieces(bytes, size), { ...place, windowBytes: 16 });
    for await (const batch of batches) void batch;
  });
  if (whole !== piecewise) return `refused at ${whole}, and in pieces of ${size} at ${piecewise}`;
  if (whole !== undefined) {
    outcomes.refused += 1;
    if (plain !== undefined) return `refused at ${whole}, and read by JSON.parse`;
    return whole >= 0 && whole <= bytes.length ? undefined : `refused at ${whole}`;
  }
  if (plain === undefined) return "read, and refused by JSON.parse";
  const document = parseDocument(bytes, place);
  const isPart = document.findings().length > 0;
  outcomes[isPart ? "readInPart" : "read"] += 1;
  if (isPart) return undefined;
  const isSame = Object.entries(plain).every(([key, value]) =>
    isDeepStrictEqual(document.value(key), value),
  );
  return isSame && document.size === Object.keys(plain).length ? undefined : "read as another";
}

async function tryCase(number: number): Promise<string[]> {
  const random = new Random(seed * 1_000_003 + number);
  const bytes = mutated(texts[random.below(texts.length)] ?? Buffer.of(), random);
  const wrong = await wrongWith(bytes, random).catch(String);
  const again = `CUTOVER_SEED=${seed} CUTOVER_FUZZ_CASE=${number} npx -y pnpm@12 exec vitest run --project chaos test/chaos/fuzz.chaos.test.ts`;
  return wrong === undefined
    ? []
    : [`${wrong}: ${JSON.stringify(bytes.toString("latin1"))}\n${again}`];
}

async function tryAll(): Promise<string[]> {
  const problems: string[] = [];
  const until = performance.now() + seconds * 1000;
  for (let number = 0; performance.now() < until && problems.length < 5; number += 1)
    problems.push(...(await tryCase(number)));
  return problems;
}

test(`files with things wrong with them are read as JSON.parse reads them, or refused where it does, for ${seconds} seconds`, async () => {
  const problems = only === undefined ? await tryAll() : await tryCase(Number(only));
  console.log(`seed ${seed}:`, outcomes);
  expect(problems).toEqual([]);
  const isEnough = only !== undefined || Math.min(...Object.values(outcomes)) > 20;
  expect(isEnough).toBe(true);
});
