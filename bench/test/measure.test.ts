import { describe, expect, test } from "vitest";
import type { Timing } from "../src/contest.ts";
import { measureOf } from "../src/measure.ts";
import { figure, markdownTable, terminalTable } from "../src/table.ts";

const timing = (name: string, rounds: number[], slowest: number[] = []): Timing => ({
  name,
  rounds,
  slowest,
});
const timings = [
  timing("floor", [10, 20, 30], [15, 15, 15]),
  timing("cutover", [20, 40, 60], [30, 30, 30]),
  timing("somebody", [5, 10, 15], [15, 15, 15]),
];
const withSingles = (count: number): Timing[] =>
  timings.map((timed) => ({ ...timed, singles: Array.from({ length: count }, () => 7) }));

describe("measureOf", () => {
  test("as speed, twice the time is half the ratio, and half the time is twice", () => {
    const measure = measureOf(timings, { row: "1", what: "x", target: { atLeast: 0.5 } });
    expect([measure.ratio, measure.peers[0]?.ratio]).toEqual([0.5, 2]);
  });

  test("as cost, twice the time is twice the ratio", () => {
    const target = { atMost: 1.9 };
    const measure = measureOf(timings, { row: "1", what: "x", form: "cost", target });
    expect([measure.ratio, measure.met]).toEqual([2, false]);
  });

  test("a target is met at its very value and missed below", () => {
    const met = [0.5, 0.51].map(
      (atLeast) => measureOf(timings, { row: "1", what: "x", target: { atLeast } }).met,
    );
    expect(met).toEqual([true, false]);
  });

  test("without a target nothing is met or missed", () => {
    expect(measureOf(timings, { row: "1", what: "x", target: { none: true } }).met).toBeUndefined();
  });

  test("the slowest operations are compared where the row asks for them", () => {
    const options = { row: "1", what: "x", target: { none: true }, slowest: true } as const;
    expect(measureOf(timings, options).floor).toBe(15);
  });

  test("the 99th percentile is that of single operations, and there must be a hundred of them", () => {
    const options = { row: "1", what: "x", target: { none: true } } as const;
    expect(measureOf(withSingles(100), options).p99).toEqual({ floor: 7, ours: 7 });
    expect(measureOf(withSingles(99), options).p99).toBeUndefined();
  });

  test("what is only a bound is none of the others, in proportion to the floor as they are", () => {
    const bound = { ...timing("by hand", [8, 16, 24]), bound: true };
    const options = { row: "1", what: "x", target: { none: true }, alone: true } as const;
    const measure = measureOf([...timings, bound], options);
    expect(measure.bounds?.map(({ name, ratio }) => [name, ratio])).toEqual([["by hand", 1.25]]);
    expect(measure.peers).toEqual([]);
  });

  test("another floor turns the former floor into one of the others", () => {
    const options = { row: "1", what: "x", target: { none: true }, floor: "somebody" } as const;
    const measure = measureOf(timings, options);
    expect([measure.ratio, measure.peers.map(({ name }) => name)]).toEqual([0.25, ["floor"]]);
  });

  test("a contestant that did not take part is an error, not a figure", () => {
    const options = { row: "1", what: "x", target: { none: true }, floor: "nobody" } as const;
    expect(() => measureOf(timings, options)).toThrow("nobody");
  });
});

describe("tables", () => {
  const measure = measureOf(timings, { row: "1", what: "get by key", target: { atLeast: 0.9 } });

  test("a target that is not met says so", () => {
    const [, line = ""] = terminalTable([measure]).split("\n");
    expect(line).toMatch(/^1 +get by key +20\.0 µs +40\.0 µs +0\.50 × +≥ 0\.9 × +not met/);
  });

  test("the others are named with their figures", () => {
    expect(terminalTable([measure])).toContain("somebody 2.00 × (10.0 µs)");
    expect(markdownTable([measure])).toContain("somebody 2.00 × (10.0 µs)");
  });

  test("what is only a bound is called so, and has a column beside the target", () => {
    const bound = { name: "by hand", value: 8, ratio: 1.25 };
    const bounded = { ...measure, bounds: [bound] };
    expect(terminalTable([bounded])).toMatch(/not met +1\.25 × /);
    for (const table of [terminalTable([bounded]), markdownTable([bounded])])
      expect(table).toContain("bound: by hand 1.25 × (8.00 µs)");
  });

  test("all lines of a Markdown table have as many cells", () => {
    const cells = markdownTable([measure, measure])
      .split("\n")
      .map((line) => line.split("|").length);
    expect(new Set(cells).size).toBe(1);
  });

  test.each([
    [0.00034, "0.0003"],
    [0.934, "0.93"],
    [1.5, "1.50"],
    [31.26, "31.3"],
    [531, "531"],
    [29_386.2, "29,386"],
    [1_234_567, "1,234,567"],
  ])("%d is printed as %s", (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
