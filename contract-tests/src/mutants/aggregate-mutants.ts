import { type AggregateQuery, type AggregateRow, type Collection, memberOf } from "@cutover/core";
import { inCollections, type Mutant } from "./mutant.ts";
import { untyped } from "../proof/trusted.ts";

type Figures = (
  rows: AggregateRow[],
  query: AggregateQuery,
  inner: Collection,
) => AggregateRow[] | Promise<AggregateRow[]>;

const figured = (name: string, breaks: string, change: Figures): Mutant =>
  inCollections({ name, breaks }, (inner) => ({
    aggregate: async (query) => change(await inner.aggregate(query), query, inner),
  }));

const mapped = <T, U>(
  figures: Readonly<Record<string, T>>,
  change: (figure: T, member: string) => U,
): Record<string, U> =>
  Object.fromEntries(
    Object.entries(figures).map(([member, figure]) => [member, change(figure, member)]),
  );

async function storedIn(
  inner: Collection,
  query: AggregateQuery,
): Promise<Awaited<ReturnType<Collection["find"]>>> {
  return inner.find(query.where === undefined ? {} : { where: query.where });
}

const zoneMinutes = 330;

/** Figures that are wrong. */
export const aggregateMutants: readonly Mutant[] = [
  figured("avg-counts-nulls", "an average leaves out what is absent, null or misfit", (rows) =>
    rows.map((row) => ({
      ...row,
      avg: mapped(row.avg, (avg, member) =>
        avg === null || row.sum[member] === undefined
          ? avg === null
            ? 0
            : avg
          : row.sum[member] / row.count,
      ),
    })),
  ),
  figured("avg-of-nothing-is-zero", "an average of nothing is null", (rows) =>
    rows.map((row) => ({ ...row, avg: mapped(row.avg, (avg) => avg ?? 0) })),
  ),
  figured("sum-of-nothing-is-null", "a sum of nothing is 0", (rows) =>
    rows.map((row) => ({ ...row, sum: mapped(row.sum, (sum) => (sum === 0 ? Number.NaN : sum)) })),
  ),
  figured("sums-as-text", "sums are numbers", (rows) =>
    rows.map((row) => ({ ...row, sum: mapped(row.sum, (sum) => untyped(String(sum))) })),
  ),
  figured("sums-of-integers-wrap", "sums go beyond 32 bits", (rows) =>
    rows.map((row) => ({
      ...row,
      sum: mapped(row.sum, (sum) => (Number.isInteger(sum) ? sum | 0 : sum)),
    })),
  ),
  figured("sums-add-misfits", "a sum leaves out misfits", async (rows, query, inner) => {
    if ((query.groupBy ?? []).length > 0) return rows;
    const stored = await storedIn(inner, query);
    const misfits = (member: string): number =>
      stored
        .map(({ value }) => memberOf(value, member))
        .reduce<number>(
          (total, raw) =>
            total + (typeof raw === "string" && Number.isFinite(Number(raw)) ? Number(raw) : 0),
          0,
        );
    return rows.map((row) => ({
      ...row,
      sum: mapped(row.sum, (sum, member) => sum + misfits(member)),
    }));
  }),
  figured("real-sums-rounded", "real sums agree to 1e-12", (rows) =>
    rows.map((row) => ({ ...row, sum: mapped(row.sum, (sum) => Math.fround(sum)) })),
  ),
  figured(
    "real-sums-uncompensated",
    "real sums do not depend on the order of records",
    async (rows, query, inner) => {
      if ((query.groupBy ?? []).length > 0) return rows;
      const stored = await storedIn(inner, query);
      return rows.map((row) => ({
        ...row,
        sum: mapped(row.sum, (sum, member) => {
          const numbers = stored.map(({ value }) => memberOf(value, member));
          if (!numbers.every((number) => typeof number === "number")) return sum;
          return numbers.reduce((total, number) => total + number, 0);
        }),
      }));
    },
  ),
  figured("count-of-values", "count counts records", (rows, query) =>
    query.avg === undefined && query.sum === undefined
      ? rows.map((row) => ({
          ...row,
          count: Object.values(row.group).includes(null) ? 0 : row.count,
        }))
      : rows,
  ),
  figured("no-row-without-records", "without groups there is exactly one row", (rows) =>
    rows.filter((row) => row.count > 0),
  ),
  figured("null-group-dropped", "what is absent, null or misfit forms a group", (rows) =>
    rows.filter((row) => !Object.values(row.group).includes(null)),
  ),
  figured("groups-unordered", "groups come in ascending order", (rows) => rows.toReversed()),
  figured("min-is-max", "min is the least", (rows, query) =>
    rows.map((row) =>
      query.max === undefined
        ? row
        : { ...row, min: mapped(row.min, (min, member) => row.max[member] ?? min) },
    ),
  ),
  figured("min-of-nothing-is-zero", "min of nothing is null", (rows) =>
    rows.map((row) => ({ ...row, min: mapped(row.min, (min) => min ?? 0) })),
  ),
  figured("buckets-in-local-time", "buckets go by the instant, in UTC", (rows, query) =>
    rows.map((row) => ({
      ...row,
      group: mapped(row.group, (value, member) => {
        const bucketed = query.groupBy?.some(
          (group) => typeof group !== "string" && group.field === member && group.bucket === "hour",
        );
        if (bucketed !== true || typeof value !== "string") return value;
        const instant = Date.parse(`${value}:00:00Z`) + zoneMinutes * 60_000;
        return new Date(instant).toISOString().slice(0, value.length);
      }),
    })),
  ),
  figured("months-without-zero", "a month has two digits", (rows, query) =>
    rows.map((row) => ({
      ...row,
      group: mapped(row.group, (value, member) => {
        const bucketed = query.groupBy?.some(
          (group) => typeof group !== "string" && group.field === member,
        );
        return bucketed === true && typeof value === "string" ? value.replaceAll("-0", "-") : value;
      }),
    })),
  ),
  inCollections(
    { name: "aggregate-ignores-filter", breaks: "an aggregation sees what the filter matches" },
    (inner) => ({
      aggregate: async ({ where, ...query }) => {
        if (where !== undefined) await inner.count(where);
        return inner.aggregate(query);
      },
    }),
  ),
];
