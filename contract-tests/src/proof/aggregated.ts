import assert from "node:assert/strict";
import type { AggregateQuery, AggregateRow } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { items, type Item } from "./collections.ts";
import { liveAndReopened } from "./live-and-reopened.ts";
import { untyped } from "./trusted.ts";

type Expected = readonly [query: AggregateQuery<Item>, rows: readonly Partial<AggregateRow>[]];

const nothing = { group: {}, sum: {}, avg: {}, min: {}, max: {} };

/** Puts records, then asserts the rows of each query, live and reopened. */
export function aggregated(
  records: readonly unknown[],
  expectations: readonly Expected[],
): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [items],
      write: (backend) =>
        backend
          .collection(items)
          .putMany(records.map((record, index) => [`k${index}`, untyped(record)])),
      check: async (backend) => {
        for (const [query, rows] of expectations)
          assert.deepEqual(
            await backend.collection(items).aggregate(query),
            rows.map((row) => ({ ...nothing, ...row })),
            JSON.stringify(query),
          );
      },
    });
}

/** Members that fit, others that are absent, null or misfit, and one record that has no members. */
export const uneven: readonly unknown[] = [
  { name: "b", size: 3, score: 0.5, active: true },
  { name: "a", size: -1, score: 2, active: false },
  { name: "B", size: null, score: "7", active: true },
  { name: "\u{10000}", size: 10, active: 1 },
  { name: "\uffff", size: "99", score: 1e3, active: false },
  { size: 3, createdAt: "2025-01-01T00:00:00Z" },
  7,
];
