import type { Clause } from "../clause.ts";
import { items, plain } from "../proof/collections.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

const badFilters: readonly unknown[] = [
  { undeclared: 1 },
  { extra: { exists: true } },
  { Name: "x" },
  { constructor: 1 },
  { ["__proto__x"]: 1 },
  { toString: { exists: true } },
  { "name' OR 1=1 --": "x" },
  { created_at: "x" },
  { size: null },
  { size: { eq: null } },
  { size: { in: [null] } },
  { size: { in: 7 } },
  { size: { equals: 7 } },
  { size: { constructor: 7 } },
  { size: "7" },
  { size: { gt: true } },
  { size: { eq: Number.NaN } },
  { size: { startsWith: "7" } },
  { size: 7n },
  { size: [7] },
  { name: 7 },
  { name: { contains: 7 } },
  { name: "a\ud800" },
  { name: "a\0" },
  { active: 1 },
  { active: "true" },
  { active: { contains: "t" } },
  { createdAt: 7 },
  { seenAt: "2025-11-29T10:00:00Z" },
  { tags: "x" },
  { tags: { eq: 1 } },
  { tags: { contains: "x" } },
  { size: { exists: 1 } },
  { size: { isNull: null } },
  { and: { size: 1 } },
  { or: "x" },
  { not: null },
  { not: [] },
  { and: [null] },
  { $where: "1" },
  null,
  "size = 7",
  [],
];

const badLimits: readonly unknown[] = [-1, 0.5, Number.NaN, Infinity, "1", null, 2 ** 53, {}];

const badOrders: readonly unknown[] = [
  [{ field: "undeclared" }],
  [{ field: "constructor" }],
  [{ field: "size; DROP TABLE items" }],
  [{ field: "tags" }],
  [{ field: "size", direction: "up" }],
  [{ field: "size", direction: "DESC" }],
  [{ field: 7 }],
  "size",
  { field: "size" },
];

/** Queries that make no sense. */
export const refusals: readonly Clause[] = [
  {
    id: "queries/bad-filter",
    title: "a filter that makes no sense is INVALID_QUERY in every call that takes one",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.put("a", { size: 7 });
      for (const filter of badFilters) {
        const where = untyped(filter);
        const what = `the filter ${typeof filter === "object" ? Object.keys(filter ?? {}).join() : "text"}`;
        await rejectsWith("INVALID_QUERY", collection.find({ where }), `find() with ${what}`);
        await rejectsWith("INVALID_QUERY", collection.count(where), `count() with ${what}`);
        await rejectsWith(
          "INVALID_QUERY",
          collection.page({ where, limit: 1 }),
          `page() with ${what}`,
        );
        await rejectsWith(
          "INVALID_QUERY",
          collection.aggregate({ where }),
          `aggregate() with ${what}`,
        );
        await rejectsWith(
          "INVALID_QUERY",
          collection.iterate({ where }).next(),
          `iterate() with ${what}`,
        );
      }
    },
  },
  {
    id: "queries/bad-limit",
    title: "a limit that is negative, fractional or no number is INVALID_QUERY",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.put("a", { size: 7 });
      for (const bad of badLimits) {
        const limit = untyped(bad);
        await rejectsWith("INVALID_QUERY", collection.find({ limit }), `find(${String(bad)})`);
        await rejectsWith("INVALID_QUERY", collection.page({ limit }), `page(${String(bad)})`);
      }
      await rejectsWith("INVALID_QUERY", collection.page({ limit: 0 }), "a page of 0");
      await rejectsWith("INVALID_QUERY", collection.page(untyped({})), "a page without a limit");
    },
  },
  {
    id: "queries/bad-order",
    title: "an order by what cannot be compared is INVALID_QUERY",
    run: async (context) => {
      const backend = await context.open([items, plain]);
      const collection = backend.collection(items);
      for (const bad of badOrders) {
        const orderBy = untyped(bad);
        await rejectsWith("INVALID_QUERY", collection.find({ orderBy }), JSON.stringify(bad));
        await rejectsWith("INVALID_QUERY", collection.page({ orderBy, limit: 1 }));
      }
      const orderBy = [{ field: "n" }];
      await rejectsWith("INVALID_QUERY", backend.collection(plain).find({ orderBy }));
    },
  },
];
