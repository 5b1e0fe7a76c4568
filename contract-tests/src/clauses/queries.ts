import type { Clause, Topic } from "../clause.ts";
import { items } from "../proof/collections.ts";
import { filtered, type Records } from "../proof/filtered.ts";
import { finds } from "../proof/keys-found.ts";
import { combined } from "./combined-filters.ts";
import { refusals } from "./query-refusals.ts";
import { textFilters } from "./text-filters.ts";

/** One record of every state a member can be in. */
const sizes: Records = {
  low: { size: -5 },
  zero: { size: 0 },
  seven: { size: 7 },
  ten: { size: 10 },
  max: { size: 2 ** 53 - 1 },
  null: { size: null },
  absent: { name: "x" },
  text: { size: "7" },
  half: { size: 7.5 },
  bool: { size: true },
  list: { size: [7] },
  unsafe: { size: 2 ** 53 },
  array: [7],
  number: 7,
};
const rest = "null absent text half bool list unsafe array number";

const comparisons: readonly Clause[] = [
  {
    id: "queries/integer",
    title:
      "integers compare as numbers; null, absent and misfit match no comparison, and every negation",
    run: filtered(sizes, [
      [{ size: 7 }, "seven"],
      [{ size: { eq: 7 } }, "seven"],
      [{ size: { eq: 2 ** 53 - 1 } }, "max"],
      [{ size: { eq: 7.5 } }, ""],
      [{ size: { eq: -0 } }, "zero"],
      [{ size: { ne: 7 } }, `low zero ten max ${rest}`],
      [{ size: { lt: 7 } }, "low zero"],
      [{ size: { lte: 7 } }, "low zero seven"],
      [{ size: { gt: 7 } }, "ten max"],
      [{ size: { gte: 7 } }, "seven ten max"],
      [{ size: { gt: 6.5, lt: 7.5 } }, "seven"],
      [{ size: { gt: -Infinity } }, "low zero seven ten max"],
      [{ size: { lt: Infinity } }, "low zero seven ten max"],
      [{ not: { size: { lt: 7 } } }, `seven ten max ${rest}`],
      [{ not: { size: { gte: 7 } } }, `low zero ${rest}`],
      [{ not: { size: { ne: 7 } } }, "seven"],
    ]),
  },
  {
    id: "queries/membership",
    title: "in matches what equals one of the operands, notIn everything else",
    run: filtered(sizes, [
      [{ size: { in: [7, 0, 99] } }, "zero seven"],
      [{ size: { in: [] } }, ""],
      [{ size: { notIn: [] } }, `low zero seven ten max ${rest}`],
      [{ size: { notIn: [7, 0, 99] } }, `low ten max ${rest}`],
      [{ not: { size: { notIn: [7] } } }, "seven"],
      [{ name: { in: ["x", "x", "y"] } }, "absent"],
    ]),
  },
  {
    id: "queries/large-membership",
    title: "in and notIn take 40,000 operands",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.putMany([
        ["a", { size: 1 }],
        ["b", { size: 39_999 }],
        ["c", { size: -1 }],
        ["d", { name: "n39999" }],
      ]);
      const operands = Array.from({ length: 40_000 }, (_, index) => index);
      await finds(collection, { size: { in: operands } }, "a b");
      await finds(collection, { size: { notIn: operands } }, "c d");
      await finds(collection, { name: { in: operands.map((index) => `n${index}`) } }, "d");
    },
  },
  {
    id: "queries/real",
    title: "reals compare as numbers, whole or not",
    run: filtered(
      {
        a: { score: 0.1 },
        b: { score: 3 },
        c: { score: -2.5 },
        d: { score: 1e300 },
        e: { score: 5e-324 },
        text: { score: "3" },
        null: { score: null },
        big: { score: 2 ** 53 },
      },
      [
        [{ score: 3 }, "b"],
        [{ score: { eq: 0.1 } }, "a"],
        [{ score: { eq: 0.1 + 0.2 } }, ""],
        [{ score: { gt: 0 } }, "a b d e big"],
        [{ score: { gt: 0, lt: 0.1 } }, "e"],
        [{ score: { lte: -2.5 } }, "c"],
        [{ score: { gte: 2 ** 53 } }, "d big"],
        [{ score: { ne: 3 } }, "a c d e text null big"],
      ],
    ),
  },
  {
    id: "queries/boolean",
    title: "true is not 1 and false is neither 0 nor null",
    run: filtered(
      {
        yes: { active: true },
        no: { active: false },
        one: { active: 1 },
        zero: { active: 0 },
        text: { active: "true" },
        null: { active: null },
        absent: {},
      },
      [
        [{ active: true }, "yes"],
        [{ active: { eq: false } }, "no"],
        [{ active: { ne: true } }, "no one zero text null absent"],
        [{ active: { in: [true, false] } }, "yes no"],
        [{ active: { gt: false } }, "yes"],
        [{ active: { lte: true } }, "yes no"],
        [{ active: { exists: true } }, "yes no one zero text null"],
      ],
    ),
  },
  {
    id: "queries/timestamp",
    title: "timestamps compare in the form in which they are stored",
    run: filtered(
      {
        a: { createdAt: "2025-11-29T10:00:00Z", seenAt: 100 },
        b: { createdAt: "2025-11-29T10:00:00.5Z", seenAt: 100.5 },
        c: { createdAt: "2024-02-29T23:59:59Z", seenAt: -1 },
        day: { createdAt: "2025-11-29", seenAt: "100" },
        none: { createdAt: "2025-02-29T00:00:00Z", seenAt: 1e300 },
        zone: { createdAt: "2025-11-29T10:00:00+00:00", seenAt: true },
        null: { createdAt: null, seenAt: null },
      },
      [
        [{ createdAt: "2025-11-29T10:00:00Z" }, "a"],
        [{ createdAt: { gte: "2025-01-01" } }, "a b"],
        [{ createdAt: { lt: "2025-01-01" } }, "c"],
        [{ createdAt: { startsWith: "2025-11" } }, "a b"],
        [{ createdAt: { ne: "2025-11-29T10:00:00Z" } }, "b c day none zone null"],
        [{ seenAt: { gt: 100 } }, "b"],
        [{ seenAt: { lte: 100 } }, "a c"],
        [{ seenAt: { in: [100, -1] } }, "a c"],
      ],
    ),
  },
  {
    id: "queries/presence",
    title: "exists tells whether the member is there, isNull whether it is an explicit null",
    run: filtered(
      {
        value: { size: 1, tags: [1], name: "n" },
        null: { size: null, tags: null, name: null },
        misfit: { size: "1", tags: "x", name: 7 },
        empty: { name: "", tags: [] },
        absent: {},
        bare: 7,
        nullValue: null,
      },
      [
        [{ size: { exists: true } }, "value null misfit"],
        [{ size: { exists: false } }, "empty absent bare nullValue"],
        [{ size: { isNull: true } }, "null"],
        [{ size: { isNull: false } }, "value misfit empty absent bare nullValue"],
        [{ name: { exists: true, isNull: false } }, "value misfit empty"],
        [{ tags: { exists: true } }, "value null misfit empty"],
        [{ tags: { isNull: true } }, "null"],
        [{ not: { tags: { exists: true } } }, "absent bare nullValue"],
        [{ createdAt: { exists: false } }, "value null misfit empty absent bare nullValue"],
        [{ $key: { exists: true } }, "value null misfit empty absent bare nullValue"],
        [{ $key: { isNull: true } }, ""],
      ],
    ),
  },
];

/** Finding records by their members. */
export const queries: Topic = {
  name: "queries",
  law: "Filters ask declared members, and `$key`: eq ne lt lte gt gte in notIn startsWith contains eqIgnoreCase containsIgnoreCase exists isNull, combined by and, or, not. They are two-valued: a comparison with what is absent, null or misfit is false, and not negates that. Text is compared by its UTF-8 bytes and never taken for a pattern; A to Z are the only letters that the case-insensitive operators fold. A query that makes no sense is INVALID_QUERY.",
  unproven: "That an index is used: that is shown by the adapter's own query plans.",
  clauses: [...comparisons, ...textFilters, ...combined, ...refusals],
};
