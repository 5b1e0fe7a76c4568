import {
  type Collection,
  type CollectionDefinition,
  compareText,
  type Entry,
  memberOf,
  type OrderBy,
  type Query,
  fieldScalar,
  type Scalar,
} from "@cutover/core";
import { type CollectionFault, inCollections, type Mutant } from "./mutant.ts";

type Compare = (left: Scalar | null, right: Scalar | null, term: OrderBy) => number;

const right: Compare = (one, other, { direction }) => {
  const sign = direction === "desc" ? -1 : 1;
  if (one === null || other === null) return (Number(one !== null) - Number(other !== null)) * sign;
  if (typeof one === "string" && typeof other === "string") return compareText(one, other) * sign;
  return (Number(one) - Number(other)) * sign;
};

function sortedBy(
  definition: CollectionDefinition,
  { key, value }: Entry,
  member: string,
  raw: boolean,
): Scalar | null {
  if (member === "$key") return key;
  const stored = memberOf(value, member);
  if (raw && typeof stored !== "object" && stored !== undefined) return stored;
  const field = definition.fields.get(member);
  return field === undefined ? null : fieldScalar(field, key, value);
}

/** Sorts what is found anew, wrongly; pages keep the adapter's order. */
function resorting(compare: Compare, { raw = false, tieBreak = true } = {}): CollectionFault {
  return (inner, { definition }): Partial<Collection> => ({
    find: async (query: Query = {}) => {
      const found = await inner.find(query);
      const { orderBy, limit, ...rest } = query;
      if (orderBy === undefined) return found;
      const terms: readonly OrderBy[] = tieBreak
        ? [...orderBy, { field: "$key", direction: orderBy.at(-1)?.direction ?? "asc" }]
        : orderBy;
      const placed = (await inner.find(rest)).map((entry) => ({
        entry,
        values: terms.map(({ field }) => sortedBy(definition, entry, field, raw)),
      }));
      placed.sort((one, other) => {
        for (const [at, term] of terms.entries()) {
          const result = compare(one.values[at] ?? null, other.values[at] ?? null, term);
          if (result !== 0) return result;
        }
        return 0;
      });
      return placed.slice(0, limit).map(({ entry }) => entry);
    },
  });
}

const sorted = (name: string, breaks: string, fault: CollectionFault): Mutant =>
  inCollections({ name, breaks }, fault);

const orders: readonly Mutant[] = [
  sorted(
    "utf-16-order",
    "text is ordered by UTF-8 bytes",
    resorting((one, other, term) => {
      if (typeof one !== "string" || typeof other !== "string" || one === other)
        return right(one, other, term);
      return (one < other ? -1 : 1) * (term.direction === "desc" ? -1 : 1);
    }),
  ),
  sorted(
    "locale-order",
    "text is ordered by UTF-8 bytes, not as in a dictionary",
    resorting((one, other, term) =>
      typeof one === "string" && typeof other === "string"
        ? one.localeCompare(other, "en") * (term.direction === "desc" ? -1 : 1)
        : right(one, other, term),
    ),
  ),
  sorted(
    "nulls-last",
    "null, absent and misfit come first ascending",
    resorting((one, other, term) =>
      one === null || other === null
        ? (Number(one === null) - Number(other === null)) * (term.direction === "desc" ? -1 : 1)
        : right(one, other, term),
    ),
  ),
  sorted(
    "nulls-always-first",
    "null, absent and misfit come last descending",
    resorting((one, other, term) =>
      one === null || other === null
        ? Number(one !== null) - Number(other !== null)
        : right(one, other, term),
    ),
  ),
  sorted("no-tie-break", "the key is the last sort key", resorting(right, { tieBreak: false })),
  sorted("misfits-sorted-by-value", "a misfit is sorted as null", resorting(right, { raw: true })),
  sorted(
    "numbers-sorted-as-text",
    "numbers are ordered by size",
    resorting((one, other, term) =>
      typeof one === "number" && typeof other === "number"
        ? right(String(one), String(other), term)
        : right(one, other, term),
    ),
  ),
  sorted("second-order-ignored", "every term of an order counts", (inner) => ({
    find: async (query = {}) => {
      await inner.find({ ...query, limit: 0 });
      return inner.find(
        query.orderBy === undefined ? query : { ...query, orderBy: query.orderBy.slice(0, 1) },
      );
    },
  })),
  sorted("direction-ignored", "desc is descending", (inner) => ({
    find: async (query = {}) => {
      await inner.find({ ...query, limit: 0 });
      return inner.find(
        query.orderBy === undefined
          ? query
          : { ...query, orderBy: query.orderBy.map(({ field }) => ({ field })) },
      );
    },
  })),
];

const cut = (name: string, most: number): Mutant =>
  inCollections({ name, breaks: `a listing of more than ${most} records is whole` }, (inner) => ({
    find: async (query = {}) => inner.find({ ...query, limit: query.limit ?? most }),
  }));

const limits: readonly Mutant[] = [
  cut("listing-cut-at-100", 100),
  cut("listing-cut-at-1000", 1000),
  cut("listing-cut-at-10000", 10_000),
  inCollections({ name: "limit-0-means-all", breaks: "limit 0 is empty" }, (inner) => ({
    find: ({ limit, ...query } = {}) =>
      inner.find(limit === 0 || limit === undefined ? query : { ...query, limit }),
  })),
  inCollections(
    { name: "negative-limit-means-all", breaks: "a negative limit is refused" },
    (inner) => ({
      find: ({ limit, ...query } = {}) =>
        inner.find(limit === undefined || limit < 0 ? query : { ...query, limit }),
    }),
  ),
  inCollections(
    { name: "fractional-limit-rounded", breaks: "a fractional limit is refused" },
    (inner) => ({
      find: ({ limit, ...query } = {}) =>
        inner.find(
          limit === undefined
            ? query
            : { ...query, limit: Number.isFinite(limit) ? Math.floor(limit) : limit },
        ),
    }),
  ),
  inCollections({ name: "nan-limit-means-all", breaks: "a limit of NaN is refused" }, (inner) => ({
    find: ({ limit, ...query } = {}) =>
      inner.find(limit === undefined || Number.isNaN(limit) ? query : { ...query, limit }),
  })),
  inCollections(
    { name: "limit-before-filter", breaks: "a limit counts what matches" },
    (inner) => ({
      find: async (query = {}) => {
        const { where, limit, ...rest } = query;
        if (where === undefined || limit === undefined) return inner.find(query);
        const matching = new Set((await inner.find({ where })).map(({ key }) => key));
        return (await inner.find({ ...rest, limit })).filter(({ key }) => matching.has(key));
      },
    }),
  ),
  inCollections(
    { name: "search-ignores-limit", breaks: "search() keeps to its limit" },
    (inner) => ({
      search: async (words, query = {}) => {
        const { limit: _, ...rest } = query;
        await inner.search(words, query);
        return inner.search(words, rest);
      },
    }),
  ),
];

/** Wrong orders, and lists that are cut or not cut. */
export const listingMutants: readonly Mutant[] = [...orders, ...limits];
