import { describe, expect, it } from "vitest";
import {
  type ComparedEntry,
  compareEntries,
  type Comparison,
} from "../../src/migration/comparison.ts";

async function* side(entries: readonly ComparedEntry[], batch = 3): AsyncIterable<ComparedEntry[]> {
  for (let at = 0; at < entries.length; at += batch) yield entries.slice(at, at + batch);
}

const records = (...keys: string[]): ComparedEntry[] =>
  keys.map((key) => ({ key, value: { key, list: [1, { a: 1, b: null }] } }));

const compare = (left: ComparedEntry[], right: ComparedEntry[]): Promise<Comparison> =>
  compareEntries(side(left), side(right, 2), { collection: "models" });

describe("comparing two sides record by record", () => {
  it("finds equal sides equal, whatever their batches", async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const found = await compare(records(...keys), records(...keys));
    expect(found.isEqual).toBe(true);
    expect([found.left, found.right]).toEqual([50, 50]);
  });

  it("finds two empty sides equal", async () => {
    expect((await compare([], [])).isEqual).toBe(true);
  });

  it("finds a record that only the file has, and goes on behind it", async () => {
    const found = await compare(records("a", "b", "c", "d"), records("a", "c", "d"));
    expect(found.counts).toEqual({ missing: 1, extra: 0, changed: 0, moved: 0 });
    expect(found.differences).toEqual([{ kind: "missing", collection: "models", key: "b" }]);
  });

  it("finds a record that only the database has, at the very end too", async () => {
    const found = await compare(records("a"), records("a", "x"));
    expect(found.differences).toEqual([{ kind: "extra", collection: "models", key: "x" }]);
  });

  it("finds a record that moved, and only that one", async () => {
    const found = await compare(records("a", "b", "c", "d", "e"), records("b", "c", "d", "a", "e"));
    expect(found.counts).toEqual({ missing: 0, extra: 0, changed: 0, moved: 1 });
    expect(found.differences).toEqual([
      { kind: "moved", collection: "models", key: "a", records: 1 },
    ]);
  });

  it("finds one record swapped for another between records that stand still", async () => {
    const found = await compare(records("a", "b", "c"), records("a", "x", "c"));
    expect(found.counts).toEqual({ missing: 1, extra: 1, changed: 0, moved: 0 });
  });

  it("finds a record that comes twice on one side", async () => {
    const found = await compare(records("a", "b"), [...records("a", "b"), ...records("a")]);
    expect(found.isEqual).toBe(false);
    expect(found.counts.extra).toBe(1);
  });

  it.each<[string, ComparedEntry["value"], ComparedEntry["value"]]>([
    ["a digit", { n: 1 }, { n: 2 }],
    ["a type", { n: 1 }, { n: "1" }],
    ["null for absence", { n: null }, {}],
    ["the order of members", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["the order of elements", [1, 2], [2, 1]],
    ["an array for an object", [], {}],
    ["something deep inside", { a: [{ b: [1] }] }, { a: [{ b: [2] }] }],
    ["a boolean for a number", { n: true }, { n: 1 }],
    ["the normal form of a text", { n: "é" }, { n: "e\u0301" }],
  ])("finds %s changed, in step and out of step", async (_, left, right) => {
    const inStep = await compare([{ key: "a", value: left }], [{ key: "a", value: right }]);
    expect(inStep.counts).toEqual({ missing: 0, extra: 0, changed: 1, moved: 0 });
    const outOfStep = await compare(
      [...records("x"), { key: "a", value: left }],
      [{ key: "a", value: right }],
    );
    expect(outOfStep.counts).toEqual({ missing: 1, extra: 0, changed: 1, moved: 0 });
  });

  it("names keys and never a value", async () => {
    const found = await compare(
      [{ key: "token", value: "secret-one" }],
      [{ key: "token", value: "secret-two" }],
    );
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it("counts all differences and lists as many as asked for", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
    const found = await compareEntries(side(records(...keys)), side([]), {
      collection: "models",
      listed: 5,
    });
    expect(found.counts.missing).toBe(30);
    expect(found.differences).toHaveLength(5);
  });

  it("stops when it is interrupted", async () => {
    const reason = new Error("stop");
    const signal = AbortSignal.abort(reason);
    const options = { collection: "models", signal };
    await expect(compareEntries(side(records("a")), side([]), options)).rejects.toBe(reason);
  });
});
