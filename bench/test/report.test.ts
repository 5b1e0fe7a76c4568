import { describe, expect, test } from "vitest";
import type { Measure } from "../src/measure.ts";
import type { Outcome } from "../src/outcome.ts";
import { barChart } from "../src/report/bar-chart.ts";
import { chartsOf } from "../src/report/charts.ts";
import { apart } from "../src/report/line-chart.ts";
import { logScale } from "../src/report/log-scale.ts";
import { reportPage } from "../src/report/page.ts";
import { escaped } from "../src/report/svg.ts";

const measure: Measure = {
  row: "1",
  what: "get by key",
  unit: "µs",
  floorName: "better-sqlite3",
  floor: 4,
  ours: 5,
  ratio: 0.8,
  form: "speed",
  target: { atLeast: 0.9 },
  met: false,
  spread: 0.01,
  peers: [{ name: "lowdb (not durable, loses other processes' changes)", value: 2, ratio: 2 }],
};

const grown = [100, 1000].map((records): Measure => ({
  ...measure,
  row: "growth",
  target: { none: true },
  met: undefined,
  growth: { quantity: "get", records },
}));

const outcome: Outcome = {
  begun: "2026-01-02T03:04:05.000Z",
  seconds: 90,
  environment: { machine: "a machine", cores: 2, node: "v24", sqlite: "3.54", fileSystem: "ext4" },
  load: { before: 0.1, after: 1 },
  effort: "quick",
  rounds: 5,
  records: 10_000,
  measures: [measure],
  stores: [],
  notes: ["synchronous was read back"],
  failures: [],
};

describe("a logarithmic scale", () => {
  test("gives each factor of ten the same room", () => {
    const { at } = logScale([0.01, 100], 0, 500);
    expect(at(1) - at(0.1)).toBeCloseTo(at(100) - at(10));
  });

  test("may run downwards", () => {
    const { at } = logScale([1, 10], 500, 0);
    expect(at(10)).toBeLessThan(at(1));
  });

  test.each([[[96, 170]], [[0.03, 1.2]], [[0.0002, 25]]])(
    "has at least one round figure within %j and none outside",
    (values) => {
      const { ticks, least, most } = logScale(values, 0, 100);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.filter((tick) => tick < least || tick > most)).toEqual([]);
    },
  );

  test.each([[0], [-1], [Number.NaN]])("has no place for %d", (value) => {
    expect(() => logScale([1, value], 0, 100)).toThrow(RangeError);
  });
});

describe("labels", () => {
  const spacing = { step: 10, least: 0, most: 100 };

  test("stay where they are when there is room", () => {
    expect(apart([50, 20, 80], spacing)).toEqual([50, 20, 80]);
  });

  test("are moved apart in their order, and not over the ends", () => {
    const places = apart([99, 98, 97, 5], spacing);
    expect(places).toEqual([100, 90, 80, 5]);
  });
});

describe("bars", () => {
  const bar = { figure: "", kind: "ours" } as const;
  const svg = barChart({
    title: "a < b",
    reading: [],
    one: "the floor",
    groups: [
      {
        heading: "",
        bars: [
          { ...bar, label: "quick", value: 2 },
          { ...bar, label: "slow", value: 0.5, target: 0.9 },
        ],
      },
    ],
  });
  const places = [...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(
    ([, x, width]) => ({ x: Number(x), width: Number(width) }),
  );

  test("go to both sides of the floor, as far for twice as for half", () => {
    const [quick, slow] = places;
    expect((slow?.x ?? 0) + (slow?.width ?? 0)).toBeCloseTo(quick?.x ?? Number.NaN, 0);
    expect(slow?.width).toBeCloseTo(quick?.width ?? Number.NaN, 0);
  });

  test("have a mark where there is a target, and only there", () => {
    expect(svg.match(/class="mark"/g)).toHaveLength(1);
  });

  test("have texts that no sign in them can break", () => {
    expect(svg).toContain("a &lt; b");
    expect(escaped(`"<&>"`)).toBe("&quot;&lt;&amp;&gt;&quot;");
  });
});

describe("a report", () => {
  test("has a picture for what was measured and none for what was not", () => {
    const [charts, grownCharts] = [[measure], grown].map((measures) =>
      chartsOf({ ...outcome, measures }).map(({ name }) => name),
    );
    expect(charts).toEqual(["targets.svg", "reads.svg"]);
    expect(grownCharts).toEqual(["growth-get.svg"]);
  });

  test("marks those who promise less", () => {
    const [, reads] = chartsOf(outcome);
    expect(reads?.svg.match(/class="less"/g)).toHaveLength(1);
  });

  test("says that the machine was busy when it was, and that it was calm when it was", () => {
    const busy = { ...outcome, load: { before: 5, after: 5 } };
    expect(reportPage(busy, [])).toContain("The machine was busy");
    expect(reportPage(outcome, [])).toContain("The machine was calm");
  });

  test("shows a target that is not met, and a row that failed", () => {
    const page = reportPage({ ...outcome, failures: ["row 7 failed: no space\n at x"] }, []);
    expect(page).toContain("0 of 1 targets were met");
    expect(page).toContain("| 0.80 × | ≥ 0.9 × | not met |");
    expect(page).toContain("- row 7 failed: no space");
  });

  test("says what a store loses", () => {
    const facts = { id: "x", name: "somebody", setup: "as it comes", syncsPerPut: 0 };
    const lossy = { together: true, seesChanges: false, tried: 60, failed: 1, lost: 30 } as const;
    const stores = [{ ...facts, neighbours: lossy }];
    expect(reportPage({ ...outcome, stores }, [])).toContain(
      "| somebody | **no** | **no** | **30 of 59 lost**, 1 failed | as it comes |",
    );
  });

  test("has a table of growth with a column for each size", () => {
    expect(reportPage({ ...outcome, measures: grown }, [])).toContain("| records | 100 | 1k |");
  });
});
