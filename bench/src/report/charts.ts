import type { GrowthPoint, Measure } from "../measure.ts";
import type { Outcome } from "../outcome.ts";
import { figure, times } from "../table.ts";
import { barChart, type Bar, type BarGroup } from "./bar-chart.ts";
import { growthOf, quantities } from "./growth-series.ts";
import { lineChart, type Line } from "./line-chart.ts";
import { promisesLess, sayIn, speedOf } from "./speed.ts";

/** A picture as a file, and what it shows for those who cannot see it. */
export interface ChartFile {
  readonly name: string;
  readonly shows: string;
  readonly svg: string;
}

function headingOf({ row, what }: Measure): string {
  return what.startsWith(row) ? what : `${row}  ${what}`;
}

function targetSpeed({ target }: Measure): number | undefined {
  if ("atLeast" in target) return target.atLeast;
  return "atMost" in target ? 1 / target.atMost : undefined;
}

function targetBars(measures: readonly Measure[]): Bar[] {
  return measures.flatMap((measure) => {
    const target = targetSpeed(measure);
    if (target === undefined || measure.form === "difference") return [];
    const value = speedOf(measure, measure.ratio);
    return {
      label: headingOf(measure),
      value,
      figure: `${times(value)}, target ${times(target)}`,
      kind: measure.met === true ? "met" : "missed",
      target,
    } as const;
  });
}

interface Bound {
  readonly bound: number;
  readonly found: number;
  readonly unit: "ms" | "MB";
}

function boundOf({ target, form, ours, ratio, unit }: Measure): Bound | undefined {
  if ("withinMs" in target) {
    return { bound: target.withinMs, found: unit === "ms" ? ours : ours / 1000, unit: "ms" };
  }
  const isBound = form === "difference" && "atMost" in target && ratio > 0;
  return isBound ? { bound: target.atMost, found: ratio, unit: "MB" } : undefined;
}

function boundBars(measures: readonly Measure[]): Bar[] {
  return measures.flatMap((measure) => {
    const bounded = boundOf(measure);
    if (bounded === undefined) return [];
    const { bound, found, unit } = bounded;
    return {
      label: headingOf(measure),
      value: bound / found,
      figure: `${figure(found)} ${unit}, at most ${figure(bound)}`,
      kind: measure.met === true ? "met" : "missed",
    } as const;
  });
}

function comparedGroup(measure: Measure): BarGroup {
  const { unit, floor, floorName, ours, ratio, peers } = measure;
  const say = sayIn(unit);
  const bar = (name: string, value: number, speed: number, kind: Bar["kind"]): Bar => ({
    label: name,
    value: speed,
    figure: `${times(speed)}  ${say(value)}`,
    kind,
  });
  const bars = [
    bar(`floor: ${floorName}`, floor, 1, "other"),
    bar("cutover", ours, speedOf(measure, ratio), "ours"),
    ...peers.map(({ name, value, ratio: own }) =>
      bar(name, value, speedOf(measure, own), promisesLess(name) ? "less" : "other"),
    ),
  ];
  return {
    heading: headingOf(measure),
    bars: bars.toSorted((a, b) => b.value - a.value),
  };
}

interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly string[];
}

const comparisons: readonly Comparison[] = [
  {
    name: "reads",
    title: "Reading from SQLite, and what else one might use",
    rows: ["1", "2", "3", "4", "11", "12"],
  },
  {
    name: "writes",
    title: "Writing to SQLite, and what else one might use",
    rows: ["5", "6", "9"],
  },
  { name: "json", title: "JSON files, and what else one might use", rows: ["16", "17", "18"] },
];

function comparisonChart(measures: readonly Measure[], comparison: Comparison): ChartFile[] {
  const { name, title, rows } = comparison;
  const groups = measures
    .filter(
      ({ row, peers, what }) =>
        rows.includes(row) && peers.length > 0 && !/percentile|ANALYZE/.test(what),
    )
    .map(comparedGroup);
  if (groups.length === 0) return [];
  const reading = [
    "How many times as fast as the floor, on a logarithmic scale: to the right of the line is quicker, to the left slower.",
    "Blue: ours. Dashed: promises less than ours, as its name says (see the table of who is compared).",
  ];
  return [
    {
      name: `${name}.svg`,
      shows: title,
      svg: barChart({ title, reading, one: "the floor", groups }),
    },
  ];
}

const growthTitles: Readonly<Record<GrowthPoint["quantity"], string>> = {
  get: "One get, by the number of records in the store",
  put: "One put, by the number of records in the store",
  query: "A filtered query of 50 records, by the number of records in the store",
  open: "Opening the store and one get in a new process, by the number of records",
  memory: "Most memory of a process that opens the store and gets one record",
};

function kindOfLine(name: string): Line["kind"] {
  if (name.startsWith("cutover")) return "ours";
  return promisesLess(name) ? "less" : "other";
}

function growthChart(measures: readonly Measure[], quantity: GrowthPoint["quantity"]): ChartFile[] {
  const series = growthOf(measures, quantity);
  if (series === undefined) return [];
  const lines = series.lines.map((line) => ({
    ...line,
    kind: kindOfLine(line.name),
  }));
  const title = growthTitles[quantity];
  const reading = [
    "Both axes are logarithmic; lower is better. The figure behind a name is that of its largest store.",
    "Thick: ours. Dashed: promises less than ours (see the table of who is compared).",
  ];
  const svg = lineChart({ title, reading, lines, say: sayIn(series.unit) });
  return [{ name: `growth-${quantity}.svg`, shows: title, svg }];
}

/** All pictures of a report, in its order; those without figures are left out. */
export function chartsOf({ measures }: Outcome): ChartFile[] {
  const charts: ChartFile[] = [];
  const targets = targetBars(measures);
  if (targets.length > 0) {
    const title = "Targets that are a share of the floor";
    const reading = [
      "How many times as fast as the floor, on a logarithmic scale. The upright mark is the target: it is met where the bar",
      "ends on it or to the right of it. Green: met. Orange: not met. The figures say the same.",
    ];
    const svg = barChart({
      title,
      reading,
      one: "the floor",
      groups: [{ heading: "", bars: targets }],
    });
    charts.push({ name: "targets.svg", shows: title, svg });
  }
  const bounds = boundBars(measures);
  if (bounds.length > 0) {
    const title = "Targets that are a bound";
    const reading = [
      "How many times what was measured fits into the bound: to the right of the line is within it.",
    ];
    const svg = barChart({
      title,
      reading,
      one: "the bound",
      groups: [{ heading: "", bars: bounds }],
    });
    charts.push({ name: "bounds.svg", shows: title, svg });
  }
  return [
    ...charts,
    ...comparisons.flatMap((comparison) => comparisonChart(measures, comparison)),
    ...quantities.flatMap((quantity) => growthChart(measures, quantity)),
  ];
}
