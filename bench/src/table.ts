import type { Measure, PeerFigure, Target } from "./measure.ts";

const digits = 3;

/** A figure with three digits that count; more only where they stand before the point. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && Math.abs(value) < 0.01)
    return value.toFixed(6).replace(/(\.0*[1-9]).*$/, "$1");
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  const text = value.toFixed(Math.min(digits, Math.max(0, digits - whole)));
  return text.replace(/\B(?=(\d{3})+(?=\.|$))/g, whole > digits ? "," : "");
}

/** A ratio as people say it: `0.93 ×`. */
export function times(value: number): string {
  return `${figure(value)} ×`;
}

function targetText(target: Target, form: Measure["form"]): string {
  const unit = form === "difference" ? "MB" : "×";
  if ("atLeast" in target) return `≥ ${target.atLeast} ${unit}`;
  if ("withinMs" in target) return `≤ ${target.withinMs} ms`;
  if ("atMost" in target) return `≤ ${target.atMost} ${unit}`;
  return "–";
}

function ratioText({ form }: Measure, ratio: number): string {
  return form === "difference"
    ? `${ratio < 0 ? "−" : "+"}${figure(Math.abs(ratio))} MB`
    : times(ratio);
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return "–";
  return met ? "met" : "not met";
}

function peerText(measure: Measure, { name, value, ratio }: PeerFigure): string {
  return `${name} ${ratioText(measure, ratio)} (${figure(value)} ${measure.unit})`;
}

function boundText(measure: Measure): string {
  const [first] = measure.bounds ?? [];
  return first === undefined ? "–" : ratioText(measure, first.ratio);
}

/** The others, those that are only a bound first and called so. */
function othersOf(measure: Measure): string[] {
  const bounds = measure.bounds ?? [];
  return [
    ...bounds.map((bound) => `bound: ${peerText(measure, bound)}`),
    ...measure.peers.map((peer) => peerText(measure, peer)),
  ];
}

function tailText({ p99, unit }: Measure): string {
  return p99 === undefined ? "–" : `${figure(p99.floor)} / ${figure(p99.ours)} ${unit}`;
}

const headings = [
  "row",
  "what",
  "floor",
  "ours",
  "ratio",
  "target",
  "",
  "by hand, at best",
  "± rounds",
  "99th percentile, floor / ours",
];

function cells(measure: Measure): string[] {
  const { row, what, unit, floor, ours, ratio, form, target, met, spread } = measure;
  return [
    row,
    what,
    `${figure(floor)} ${unit}`,
    `${figure(ours)} ${unit}`,
    ratioText(measure, ratio),
    targetText(target, form),
    verdict(met),
    boundText(measure),
    spread === undefined ? "–" : `${(spread * 100).toFixed(0)} %`,
    tailText(measure),
  ];
}

function padded(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
}

/** How many of the targets were met. */
export function verdictOf(measures: readonly Measure[]): string {
  const judged = measures.filter(({ met }) => met !== undefined);
  const reached = judged.filter(({ met }) => met === true);
  return `${reached.length} of ${judged.length} targets were met in this run.`;
}

/** The table as a terminal shows it, the other contestants beneath each line. */
export function terminalTable(measures: readonly Measure[]): string {
  const rows = measures.map(cells);
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const lines = measures.flatMap((measure, index) => [
    padded(rows[index] ?? [], widths),
    `      floor: ${measure.floorName}`,
    ...othersOf(measure).map((other) => `      ${other}`),
  ]);
  return [padded(headings, widths), ...lines].join("\n");
}

/** The same for a Markdown file. */
export function markdownTable(measures: readonly Measure[]): string {
  const head = [...headings, "others"];
  const rows = measures.map((measure) => [...cells(measure), othersOf(measure).join("; ")]);
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
