import { describe, expect, test } from "vitest";
import { checkLinearizable } from "./check-linearizable.ts";
import type { HistoryStep } from "./history-event.ts";
import { historyOf, type ScriptedOperation } from "./history-script.ts";

const on = (key: string, step: Omit<HistoryStep, "collection" | "key">): HistoryStep => ({
  collection: "c",
  key,
  ...step,
});
type Span = readonly [from: number, to?: number];
const operation = (
  process: string,
  op: string,
  [from, to]: Span,
  ...steps: HistoryStep[]
): ScriptedOperation => ({ process, op, from, ...(to === undefined ? {} : { to }), steps });
const put = (process: string, span: Span, left: string, key = "k"): ScriptedOperation =>
  operation(process, "put", span, on(key, { left }));
const get = (process: string, span: Span, saw: string | null, key = "k"): ScriptedOperation =>
  operation(process, "get", span, on(key, { saw }));
const remove = (process: string, span: Span, existed: boolean): ScriptedOperation =>
  operation(process, "delete", span, on("k", { existed, left: null }));
const insert = (process: string, span: Span, left: string): ScriptedOperation =>
  operation(process, "insert", span, on("k", { saw: null, left }));
const update = (process: string, span: Span, saw: string | null, left: string): ScriptedOperation =>
  operation(process, "update", span, on("k", { saw, left }));
const failed = (what: ScriptedOperation): ScriptedOperation => ({ ...what, outcome: "fail" });
const unknown = (what: ScriptedOperation): ScriptedOperation => ({ ...what, outcome: "unknown" });
const clear = (process: string, span: Span): ScriptedOperation =>
  operation(process, "clear", span, { collection: "c", left: null });
const both = (process: string, span: Span, step: Omit<HistoryStep, "collection" | "key">) =>
  operation(process, "transaction", span, on("k", step), on("l", step));

interface Case {
  readonly what: string;
  readonly operations: readonly ScriptedOperation[];
}

const accepted: readonly Case[] = [
  { what: "nothing at all", operations: [] },
  {
    what: "a read that overlaps a write and sees the value before it",
    operations: [put("a", [0, 1], "x"), put("a", [2, 6], "y"), get("b", [3, 4], "x")],
  },
  {
    what: "a read that overlaps a write and sees its value",
    operations: [put("a", [0, 1], "x"), put("a", [2, 6], "y"), get("b", [3, 4], "y")],
  },
  {
    what: "writes that overlap and take effect against the order of their calls",
    operations: [put("a", [0, 9], "x"), put("b", [1, 9], "y"), get("c", [10, 11], "x")],
  },
  {
    what: "a killed process's write that took effect",
    operations: [put("a", [0], "x"), get("b", [5, 6], "x")],
  },
  {
    what: "a killed process's write that never took effect",
    operations: [put("a", [0], "x"), get("b", [5, 6], null)],
  },
  {
    what: "a write of unknown outcome that takes effect long after its answer",
    operations: [unknown(put("a", [0, 1], "x")), get("b", [5, 6], null), get("b", [7, 8], "x")],
  },
  {
    what: "a chain of writes of unknown outcome, each seen by the next",
    operations: [
      unknown(update("a", [0, 1], null, "x")),
      unknown(update("b", [0, 1], "x", "y")),
      get("c", [5, 6], "y"),
    ],
  },
  {
    what: "a write of unknown outcome that only a deletion noticed",
    operations: [unknown(put("a", [0, 1], "x")), remove("b", [5, 6], true), get("b", [7, 8], null)],
  },
  {
    what: "an unknown transaction of which a part is overwritten before the rest is seen",
    operations: [
      unknown(both("a", [0, 1], { left: "x" })),
      put("b", [5, 6], "y"),
      get("b", [7, 8], "y"),
      get("b", [9, 10], "x", "l"),
    ],
  },
  {
    what: "a failed write that nobody sees",
    operations: [failed(put("a", [0, 1], "x")), get("b", [2, 3], null)],
  },
  {
    what: "a clear that overlaps reads of several records",
    operations: [
      put("a", [0, 1], "x"),
      put("a", [0, 1], "y", "l"),
      clear("a", [2, 9]),
      get("b", [3, 4], "x"),
      get("b", [5, 6], null, "l"),
      get("b", [10, 11], null),
    ],
  },
  {
    what: "an answer and a call of the same moment, in either order",
    operations: [put("a", [0, 2], "x"), get("b", [2, 3], null)],
  },
];

const rejected: readonly (Case & { readonly involved: readonly string[] })[] = [
  {
    what: "a lost update: two read the same value and both wrote",
    operations: [
      put("a", [0, 1], "x"),
      update("a", [2, 6], "x", "y"),
      update("b", [2, 6], "x", "z"),
    ],
    involved: ["a#0", "a#1", "b#2"],
  },
  {
    what: "a stale read after an acknowledged write",
    operations: [put("a", [0, 1], "x"), put("a", [2, 3], "y"), get("b", [4, 5], "x")],
    involved: ["a#0", "a#1", "b#2"],
  },
  {
    what: "an acknowledged write that is gone",
    operations: [put("a", [0, 1], "x"), get("b", [4, 5], null)],
    involved: ["a#0", "b#1"],
  },
  {
    what: "a read of a value never written",
    operations: [put("a", [0, 1], "x"), get("b", [2, 3], "y")],
    involved: ["b#1"],
  },
  {
    what: "a read of a failed write",
    operations: [put("a", [0, 1], "x"), failed(put("a", [2, 3], "y")), get("b", [4, 5], "y")],
    involved: ["b#2"],
  },
  {
    what: "a read of a value before its write was called",
    operations: [get("b", [0, 1], "x"), put("a", [2, 3], "x")],
    involved: ["b#0"],
  },
  {
    what: "a record that is back after its deletion",
    operations: [
      put("a", [0, 1], "x"),
      remove("a", [2, 3], true),
      get("b", [4, 5], null),
      get("b", [6, 7], "x"),
    ],
    involved: ["a#0", "a#1", "b#3"],
  },
  {
    what: "a record that is back after the collection was cleared",
    operations: [put("a", [0, 1], "x"), clear("a", [2, 3]), get("b", [6, 7], "x")],
    involved: ["a#0", "a#1", "b#2"],
  },
  {
    what: "two readers of which the later sees the older value",
    operations: [
      put("a", [0, 1], "x"),
      put("a", [2, 9], "y"),
      get("b", [3, 4], "y"),
      get("c", [5, 6], "x"),
    ],
    involved: ["a#0", "a#1", "b#2", "c#3"],
  },
  {
    what: "a killed process's write that is seen and then unseen",
    operations: [
      put("a", [0, 1], "x"),
      put("b", [2], "y"),
      get("c", [3, 4], "y"),
      get("c", [5, 6], "x"),
    ],
    involved: ["a#0", "b#1", "c#2", "c#3"],
  },
  {
    what: "two inserts of one record that both succeed",
    operations: [insert("a", [0, 5], "x"), insert("b", [0, 5], "y")],
    involved: ["a#0", "b#1"],
  },
  {
    what: "two deletions of one record that both found it",
    operations: [put("a", [0, 1], "x"), remove("a", [2, 5], true), remove("b", [2, 5], true)],
    involved: ["a#0", "a#1", "b#2"],
  },
  {
    what: "a transaction of unknown outcome of which one half took effect",
    operations: [
      unknown(both("a", [0, 1], { left: "x" })),
      get("b", [2, 3], "x"),
      get("b", [4, 5], null, "l"),
    ],
    involved: ["a#0", "b#1", "b#2"],
  },
  {
    what: "a transaction of which another sees one half",
    operations: [
      both("a", [0, 9], { left: "x" }),
      operation("b", "getMany", [2, 3], on("k", { saw: "x" }), on("l", { saw: null })),
    ],
    involved: ["a#0", "b#1"],
  },
];

describe("histories that some order explains are accepted", () => {
  test.each(accepted)("$what", ({ operations }) => {
    const found = checkLinearizable(historyOf(operations));
    expect(found.violations.map(({ explanation }) => explanation)).toEqual([]);
    expect(found.linearizable).toBe(true);
  });
});

describe("histories that no order explains are rejected, with the operations that show it", () => {
  test.each(rejected)("$what", ({ operations, involved }) => {
    const { linearizable, violations } = checkLinearizable(historyOf(operations));
    expect(linearizable).toBe(false);
    expect(violations).toHaveLength(1);
    const names = violations.flatMap((violation) => violation.operations.map(({ name }) => name));
    expect(names).toEqual(involved);
  });
});

describe("an explanation", () => {
  const noise = Array.from({ length: 500 }, (_, index): ScriptedOperation[] => {
    const from = index * 10;
    const value = `n${index}`;
    return [put("a", [from, from + 5], value), get("b", [from + 6, from + 7], value)];
  }).flat();
  const stale = get("reader", [6000, 6001], "n7");

  test("names the record, the few operations that conflict, and what was possible", () => {
    const { violations } = checkLinearizable(historyOf([...noise, stale]));
    expect(violations[0]?.operations.length).toBeLessThanOrEqual(3);
    expect(violations[0]?.explanation.split("\n")).toEqual([
      "c/k: no order explains these operations (ms since the history began):",
      '  70.000 – 75.000  a#14 put: c/k left "n7"',
      expect.stringMatching(/^ {2}\S+ – \S+ {2}a#\d+ put: c\/k left "n\d+"$/),
      '  6000.000 – 6001.000  reader#1000 get: c/k saw "n7"',
      expect.stringMatching(
        /^When reader#1000 returned, .* there could be "n\d+" \(or what was still under way\)\.$/,
      ),
    ]);
  });

  test("says when what was read had been refused", () => {
    const refused = failed(put("a", [5990, 5991], "n7-refused"));
    const dirty = get("reader", [6000, 6001], "n7-refused");
    const { violations } = checkLinearizable(historyOf([...noise, refused, dirty]));
    expect(violations[0]?.explanation).toContain(
      '"n7-refused" is of a#1000 put, which failed and must have had no effect.',
    );
  });
});

test("a history that would take more than was allowed is undecided, and not accepted", () => {
  const writes = Array.from({ length: 12 }, (_, index) => put(`w${index}`, [0, 100], `v${index}`));
  const found = checkLinearizable(historyOf(writes), { maxConfigurations: 50 });
  expect(found).toMatchObject({ linearizable: false, violations: [], undecided: [["c/k"]] });
});

test("a history is refused when an operation has two outcomes, or an outcome and no invoke", () => {
  const [invoke, outcome] = historyOf([put("a", [0, 1], "x")]);
  if (invoke === undefined || outcome === undefined) throw new Error("no history");
  expect(() => checkLinearizable([invoke, outcome, outcome])).toThrow("a#0 has two outcomes");
  expect(() => checkLinearizable([outcome])).toThrow("never invoked");
});
