import { logScale, type LogScale } from "./log-scale.ts";
import { element, lineBetween, pictureOf, textAt, topOf } from "./svg.ts";

/** A line through points. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Ours are drawn thick; those that promise less, dashed. */
  readonly kind: "ours" | "other" | "less";
}

/** What a chart of lines shows. */
export interface LineChart {
  readonly title: string;
  readonly reading: readonly string[];
  readonly lines: readonly Line[];
  /** Says a value of the left axis, with its unit. */
  readonly say: (value: number) => string;
}

const width = 1060;
const height = 520;
const left = 90;
const right = 690;
const bottom = height - 44;
const labelStep = 17;
const thousand = 1000;

/** Colours that differ in brightness too, for light and for dark. */
const colours: readonly [light: string, dark: string][] = [
  ["#57606a", "#afb8c1"],
  ["#0969da", "#58a6ff"],
  ["#1a7f37", "#56d364"],
  ["#953800", "#ffa657"],
  ["#8250df", "#d2a8ff"],
  ["#bf3989", "#ff9bce"],
  ["#9a6700", "#e3b341"],
  ["#0a3069", "#a5d6ff"],
  ["#cf222e", "#ff7b72"],
  ["#0a7ea4", "#76e3ea"],
];

function styleOf(lines: readonly Line[]): string {
  const rules = lines.map((_, at) => {
    const [light, dark] = colours[at % colours.length] ?? ["#57606a", "#afb8c1"];
    const rule = (colour: string): string =>
      `.l${at}{stroke:${colour};fill:none;stroke-width:2}.d${at}{fill:${colour}}`;
    return { light: rule(light), dark: rule(dark) };
  });
  const light = rules.map((rule) => rule.light).join("");
  const dark = rules.map((rule) => rule.dark).join("");
  const kinds = ".thick{stroke-width:4}.dash{stroke-dasharray:6 4}";
  return `${light}@media (prefers-color-scheme:dark){${dark}}${kinds}`;
}

/** Records as people say them: 100, 10k, 1M. */
export function recordsText(records: number): string {
  if (records >= thousand * thousand) return `${records / thousand / thousand}M`;
  return records >= thousand ? `${records / thousand}k` : String(records);
}

/** Round figures need no digits behind the point. */
function shortly(text: string): string {
  return text.replace(/\.0+(?= )/, "");
}

function grid(across: LogScale, up: LogScale, top: number, chart: LineChart): string[] {
  const sizes = [...new Set(chart.lines.flatMap(({ points }) => points.map(([x]) => x)))];
  return [
    ...up.ticks.flatMap((tick) => [
      lineBetween([left, up.at(tick)], [right, up.at(tick)], "grid"),
      textAt(shortly(chart.say(tick)), {
        x: left - 8,
        y: up.at(tick) + 4,
        anchor: "end",
        kind: "faint",
      }),
    ]),
    ...sizes.flatMap((size) => [
      lineBetween([across.at(size), top], [across.at(size), bottom], "grid"),
      textAt(recordsText(size), {
        x: across.at(size),
        y: bottom + 18,
        anchor: "middle",
        kind: "faint",
      }),
    ]),
    textAt("records in the store", {
      x: (left + right) / 2,
      y: bottom + 36,
      anchor: "middle",
      kind: "faint",
    }),
  ];
}

/** Between which places, and how far from each other. */
export interface Spacing {
  readonly step: number;
  readonly least: number;
  readonly most: number;
}

/** Moves labels apart until none covers another, as little as that takes, and keeps their order. */
export function apart(wanted: readonly number[], { step, least, most }: Spacing): number[] {
  const order = wanted.map((_, at) => at).toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let free = least;
  for (const at of order) {
    places[at] = Math.max(wanted[at] ?? 0, free);
    free = (places[at] ?? 0) + step;
  }
  // Those that were pushed over the end go back, and push the others.
  let last = most;
  for (const at of order.toReversed()) {
    places[at] = Math.min(places[at] ?? 0, last);
    last = (places[at] ?? 0) - step;
  }
  return places;
}

function drawLine(line: Line, at: number, across: LogScale, up: LogScale): string[] {
  const places = line.points.map(([x, y]) => [across.at(x), up.at(y)] as const);
  const look = { ours: " thick", other: "", less: " dash" }[line.kind];
  const path = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return [
    element("polyline", { points: path, class: `l${at}${look}` }),
    ...places.map(([cx, cy]) => element("circle", { cx, cy, r: 3.5, class: `d${at}` })),
  ];
}

/** Draws lines over the number of records, both axes logarithmic. */
export function lineChart(chart: LineChart): string {
  const { title, reading, lines, say } = chart;
  const top = topOf(reading);
  const points = lines.flatMap((line) => line.points);
  const across = logScale(
    points.map(([x]) => x),
    left,
    right,
  );
  const up = logScale(
    points.map(([, y]) => y),
    bottom,
    top,
  );
  const ends = lines.map(({ points: own }) => own.at(-1) ?? ([0, 1] as const));
  const labels = apart(
    ends.map(([, y]) => up.at(y) + 4),
    { step: labelStep, least: top, most: bottom + 4 },
  );
  const drawing = lines.flatMap((line, at) => {
    const [x, y] = ends[at] ?? [0, 1];
    const label = labels[at] ?? 0;
    const text = `${line.name} ${say(y)}`;
    return [
      ...drawLine(line, at, across, up),
      element("polyline", {
        points: `${across.at(x) + 5},${up.at(y)} ${right + 14},${label - 4}`,
        class: "grid",
        fill: "none",
      }),
      element("circle", { cx: right + 20, cy: label - 4, r: 4, class: `d${at}` }),
      textAt(text, { x: right + 30, y: label, ...(line.kind === "ours" ? { kind: "head" } : {}) }),
    ];
  });
  const picture = { width, height, title, reading, style: styleOf(lines) };
  return pictureOf(picture, [...grid(across, up, top, chart), ...drawing]);
}
