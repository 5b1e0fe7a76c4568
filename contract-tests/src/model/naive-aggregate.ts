import type { AggregateQuery, AggregateRow, CollectionDefinition, GroupBy } from "@cutover/core";
import {
  compareSeen,
  instantIn,
  type NaiveRecord,
  rawMember,
  type Seen,
  seenOf,
} from "./naive-field.ts";
import { fieldNamed } from "./naive-query.ts";

const bucketEnds = { year: 4, month: 7, day: 10, hour: 13 } as const;

const memberOfGroup = (group: GroupBy): string => (typeof group === "string" ? group : group.field);

function groupOf(definition: CollectionDefinition, group: GroupBy, record: NaiveRecord): Seen {
  const field = fieldNamed(definition, memberOfGroup(group));
  if (typeof group === "string") return seenOf(field, record);
  const instant = instantIn(field, rawMember(record.value, field.member));
  if (instant === undefined) return null;
  return new Date(instant).toISOString().slice(0, bucketEnds[group.bucket]);
}

/** Adds without any rounding but the last (Shewchuk's partial sums). */
export function exactSum(numbers: readonly number[]): number {
  let partials: number[] = [];
  for (let number of numbers) {
    const next: number[] = [];
    for (let part of partials) {
      if (Math.abs(number) < Math.abs(part)) [number, part] = [part, number];
      const high = number + part;
      const low = part - (high - number);
      if (low !== 0) next.push(low);
      number = high;
    }
    partials = [...next, number];
  }
  return partials.reduceRight((total, part) => total + part, 0);
}

/** Computes an aggregation over records that the filter has let through. */
export function aggregated(
  definition: CollectionDefinition,
  query: AggregateQuery,
  records: readonly NaiveRecord[],
): AggregateRow[] {
  const groupBy = query.groupBy ?? [];
  const groups = new Map<string, { readonly values: Seen[]; readonly members: NaiveRecord[] }>();
  if (groupBy.length === 0) groups.set("[]", { values: [], members: [] });
  for (const record of records) {
    const values = groupBy.map((group) => groupOf(definition, group, record));
    const name = JSON.stringify(values);
    if (!groups.has(name)) groups.set(name, { values, members: [] });
    groups.get(name)?.members.push(record);
  }
  const rows = [...groups.values()].toSorted((left, right) => {
    const differing = left.values.findIndex((value, at) => value !== (right.values[at] ?? null));
    return compareSeen(left.values[differing] ?? null, right.values[differing] ?? null);
  });
  return rows.map(({ values, members }) => {
    const there = (member: string): Exclude<Seen, null>[] =>
      members
        .map((record) => seenOf(fieldNamed(definition, member), record))
        .filter((value) => value !== null)
        .toSorted(compareSeen);
    const figures = <T>(
      names: readonly string[] | undefined,
      figure: (values: Exclude<Seen, null>[]) => T,
    ): Record<string, T> =>
      Object.fromEntries((names ?? []).map((name) => [name, figure(there(name))]));
    return {
      group: Object.fromEntries(
        groupBy.map((group, at) => [memberOfGroup(group), values[at] ?? null]),
      ),
      count: members.length,
      sum: figures(query.sum, (found) => exactSum(found.map(Number))),
      avg: figures(query.avg, (found) =>
        found.length === 0 ? null : exactSum(found.map(Number)) / found.length,
      ),
      min: figures(query.min, (found) => found[0] ?? null),
      max: figures(query.max, (found) => found.at(-1) ?? null),
    };
  });
}
