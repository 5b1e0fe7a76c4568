import assert from "node:assert/strict";
import type { Clause, Topic } from "../clause.ts";
import { aggregated, uneven } from "../proof/aggregated.ts";
import { items } from "../proof/collections.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";
import { groups } from "./aggregate-groups.ts";

function close(found: number | null | undefined, expected: number): void {
  const off = Math.abs((found ?? Number.NaN) / expected - 1);
  assert.ok(off < 1e-12, `${found} for ${expected}`);
}

const figures: readonly Clause[] = [
  {
    id: "aggregates/figures",
    title: "count, sum, avg, min and max leave out what is absent, null or misfit",
    run: aggregated(uneven, [
      [{}, [{ count: 7 }]],
      [{ sum: ["size", "score"] }, [{ count: 7, sum: { size: 15, score: 1002.5 } }]],
      [{ avg: ["size"] }, [{ count: 7, avg: { size: 3.75 } }]],
      [{ min: ["size", "name"] }, [{ count: 7, min: { size: -1, name: "B" } }]],
      [{ min: ["size"], max: ["size"] }, [{ count: 7, min: { size: -1 }, max: { size: 10 } }]],
      [{ max: ["size", "name"] }, [{ count: 7, max: { size: 10, name: "\u{10000}" } }]],
      [
        { min: ["createdAt"], max: ["createdAt"] },
        [
          {
            count: 7,
            min: { createdAt: "2025-01-01T00:00:00Z" },
            max: { createdAt: "2025-01-01T00:00:00Z" },
          },
        ],
      ],
      [{ where: { active: true }, sum: ["size"] }, [{ count: 2, sum: { size: 3 } }]],
    ]),
  },
  {
    id: "aggregates/nothing",
    title: "of nothing the count and the sum are 0, the average, least and greatest null",
    run: aggregated(
      [{ size: null }],
      [
        [
          { sum: ["size"], avg: ["size"], min: ["size"], max: ["name"] },
          [
            {
              count: 1,
              sum: { size: 0 },
              avg: { size: null },
              min: { size: null },
              max: { name: null },
            },
          ],
        ],
        [
          { where: { size: 1 }, sum: ["score"], avg: ["score"], max: ["score"] },
          [{ count: 0, sum: { score: 0 }, avg: { score: null }, max: { score: null } }],
        ],
        [{ where: { size: 1 }, groupBy: ["name"] }, []],
      ],
    ),
  },
  {
    id: "aggregates/exact-sums",
    title: "sums of reals agree to 1e-12, and sums of integers do not run over",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      const tenths = Array.from({ length: 1000 }, () => 0.1);
      // One tenth over, so that the sum is no number of fewer digits.
      const scores = [1e12, ...tenths, 1e12, ...tenths, -2e12, 0.1];
      await collection.putMany(
        scores.map((score, index) => [
          `k${index}`,
          { score, size: 2 ** 53 - 1, active: index % 2 === 0 },
        ]),
      );
      const [row] = await collection.aggregate({ sum: ["score", "size"], avg: ["score"] });
      close(row?.sum["score"], 200.1);
      close(row?.avg["score"], 200.1 / scores.length);
      close(row?.sum["size"], (2 ** 53 - 1) * scores.length);
    },
  },
];

const badQueries: readonly unknown[] = [
  { sum: ["name"] },
  { sum: ["active"] },
  { avg: ["createdAt"] },
  { min: ["active"] },
  { max: ["tags"] },
  { sum: ["undeclared"] },
  { sum: ["$key"] },
  { groupBy: ["tags"] },
  { groupBy: ["undeclared"] },
  { groupBy: ["size", "size"] },
  { groupBy: [{ field: "size", bucket: "year" }] },
  { groupBy: [{ field: "createdAt", bucket: "week" }] },
  { groupBy: [{ field: "createdAt", bucket: "constructor" }] },
  { groupBy: [7] },
];

const refused: Clause = {
  id: "aggregates/refused",
  title: "a figure or a group that a member's kind does not have is INVALID_QUERY",
  run: async (context) => {
    const collection = (await context.open([items])).collection(items);
    for (const query of badQueries)
      await rejectsWith(
        "INVALID_QUERY",
        collection.aggregate(untyped(query)),
        JSON.stringify(query),
      );
  },
};

/** Figures about records. */
export const aggregates: Topic = {
  name: "aggregates",
  law: "aggregate() counts, sums, averages and finds the least and greatest, over what a filter finds, by groups of members or of date buckets. What is absent, null or misfit is left out of figures and forms one group of its own. Groups come in ascending order, null first. Sums of reals agree to 1e-12 relative.",
  unproven: "That sums of reals are equal to the last bit in every backend.",
  clauses: [...figures, ...groups, refused],
};
