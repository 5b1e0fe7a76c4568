import type { PlanRow, WayFigures } from "@cutover/bench/plan-rows";
import { formatTable } from "cutover";

function milliseconds(value: number): string {
  if (value >= 10) return `${value.toFixed(0)} ms`;
  return value >= 0.1 ? `${value.toFixed(1)} ms` : `${(value * 1000).toFixed(0)} µs`;
}

function measured(row: PlanRow, way: keyof WayFigures): string {
  const writes = row.writes?.[way];
  if (writes === undefined) return milliseconds(row.ms[way]);
  const lost = writes.acknowledged - writes.kept;
  return lost === 0 ? `0 of ${writes.acknowledged} lost` : `${lost} of ${writes.acknowledged} lost`;
}

/** The plan's performance table next to what was measured. */
export function planTable(rows: readonly PlanRow[]): string[] {
  return formatTable(
    [
      { title: "operation" },
      { title: "plan: JSON", align: "right" },
      { title: "plan: SQLite", align: "right" },
      { title: "the app's own way", align: "right" },
      { title: "our JSON", align: "right" },
      { title: "our SQLite", align: "right" },
    ],
    rows.map((row) => [
      row.operation,
      row.estimate.json,
      row.estimate.sqlite,
      measured(row, "app"),
      measured(row, "json"),
      measured(row, "sqlite"),
    ]),
  );
}
