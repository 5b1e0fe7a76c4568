import type { GrowthPoint, Measure } from "../measure.ts";
import { ourSqliteKind } from "../stores/our-kinds.ts";

/** How a quantity grows with the number of records, store by store. */
export interface GrowthSeries {
  readonly unit: Measure["unit"];
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [records: number, value: number])[];
  }[];
}

/** All that is measured at several sizes. */
export const quantities: readonly GrowthPoint["quantity"][] = [
  "get",
  "put",
  "query",
  "open",
  "memory",
];

/** Puts the measures of a quantity together; undefined when there are none. */
export function growthOf(
  measures: readonly Measure[],
  quantity: GrowthPoint["quantity"],
): GrowthSeries | undefined {
  const lines = new Map<string, [number, number][]>();
  let unit: Measure["unit"] | undefined;
  for (const measure of measures) {
    if (measure.growth?.quantity !== quantity) continue;
    const { records } = measure.growth;
    const figures = [
      [measure.floorName, measure.floor],
      [ourSqliteKind.name, measure.ours],
      ...measure.peers.map(({ name, value }) => [name, value]),
    ] as const;
    for (const [name, value] of figures) {
      const points = lines.get(String(name)) ?? [];
      points.push([records, Number(value)]);
      lines.set(String(name), points);
    }
    unit = measure.unit;
  }
  if (unit === undefined) return undefined;
  return { unit, lines: [...lines].map(([name, points]) => ({ name, points })) };
}
