import { logScale, type LogScale } from "./log-scale.ts";
import { element, lineBetween, pictureOf, textAt, topOf } from "./svg.ts";

/** One bar, from the line of the floor to its value. */
export interface Bar {
  readonly label: string;
  /** Above 1: to the right of the line. */
  readonly value: number;
  /** What stands behind it. */
  readonly figure: string;
  /** Class of the style sheet. */
  readonly kind: "ours" | "other" | "less" | "met" | "missed";
  /** Where the target is. */
  readonly target?: number;
}

/** Bars that belong together. */
export interface BarGroup {
  readonly heading: string;
  readonly bars: readonly Bar[];
}

/** What a chart of bars shows. */
export interface BarChart {
  readonly title: string;
  readonly reading: readonly string[];
  /** What the line at 1 is called. */
  readonly one: string;
  readonly groups: readonly BarGroup[];
}

const width = 1100;
const labelEnd = 440;
const barsEnd = 880;
const rowHeight = 20;
const headHeight = 30;
const axisHeight = 26;

function tickText(tick: number): string {
  return tick >= 1000 ? `${tick / 1000}k` : String(tick);
}

function axis(scale: LogScale, one: string, top: number, bottom: number): string[] {
  const ticks = scale.ticks.flatMap((tick) => [
    lineBetween([scale.at(tick), top], [scale.at(tick), bottom], "grid"),
    textAt(tickText(tick), { x: scale.at(tick), y: top - 6, anchor: "middle", kind: "faint" }),
  ]);
  const line = lineBetween([scale.at(1), top], [scale.at(1), bottom], "axis");
  const name = textAt(one, { x: scale.at(1), y: bottom + 16, anchor: "middle", kind: "faint" });
  return [...ticks, line, name];
}

function barAt(bar: Bar, y: number, scale: LogScale): string[] {
  const places = [scale.at(1), scale.at(bar.value)];
  const x = Math.min(...places);
  const length = Math.max(1.5, Math.abs(scale.at(bar.value) - scale.at(1)));
  const drawn = [
    textAt(bar.label, { x: labelEnd - 10, y: y + 14, anchor: "end" }),
    element("rect", { x, y: y + 3, width: length, height: rowHeight - 7, class: bar.kind }),
  ];
  if (bar.target !== undefined) {
    const at = scale.at(bar.target);
    drawn.push(lineBetween([at, y + 1], [at, y + rowHeight - 2], "mark"));
  }
  drawn.push(textAt(bar.figure, { x: barsEnd + 10, y: y + 14 }));
  return drawn;
}

/** Draws bars to the left and to the right of a line. */
export function barChart({ title, reading, one, groups }: BarChart): string {
  const bars = groups.flatMap((group) => group.bars);
  const values = bars.flatMap(({ value, target }) => [value, ...(target ? [target] : [])]);
  const scale = logScale([1, ...values], labelEnd, barsEnd);
  const top = topOf(reading) + axisHeight;
  const drawing: string[] = [];
  let y = top;
  for (const { heading, bars: own } of groups) {
    if (heading !== "") {
      drawing.push(textAt(heading, { x: 16, y: y + 21, kind: "head" }));
      y += headHeight;
    }
    for (const bar of own) {
      drawing.push(...barAt(bar, y, scale));
      y += rowHeight;
    }
  }
  const picture = { width, height: y + 32, title, reading };
  return pictureOf(picture, [...axis(scale, one, top, y + 4), ...drawing]);
}
