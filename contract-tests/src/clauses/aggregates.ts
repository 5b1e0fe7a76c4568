import assert from "node:assert/strict";
import {
  defineCollection,
  timestamp,
  type AggregateQuery,
  type AggregateRow,
  type CollectionDefinition,
  type JsonValue,
} from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { items, sessions, type Item } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

type Moments = {
  readonly local?: JsonValue;
  readonly utc?: JsonValue;
  readonly s?: JsonValue;
  readonly ms?: JsonValue;
};

const moments: CollectionDefinition<Moments> = defineCollection<Moments>({
  name: "moments",
  fields: {
    utc: timestamp({ as: "iso-utc" }),
    local: timestamp({ as: "iso-local" }),
    s: timestamp({ as: "epoch-s" }),
    ms: timestamp({ as: "epoch-ms" }),
  },
});

type Expected = readonly [query: AggregateQuery<Item>, rows: readonly Partial<AggregateRow>[]];

const nothing = { group: {}, sum: {}, avg: {}, min: {}, max: {} };

/** Puts records, then asserts the rows of each query, live and reopened. */
function aggregated(records: readonly unknown[], expectations: readonly Expected[]): Clause["run"] {
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

const records = [
  { name: "b", size: 3, score: 0.5, active: true },
  { name: "a", size: -1, score: 2, active: false },
  { name: "B", size: null, score: "7", active: true },
  { name: "\u{10000}", size: 10, active: 1 },
  { name: "\uffff", size: "99", score: 1e3, active: false },
  { size: 3, createdAt: "2025-01-01T00:00:00Z" },
  7,
];

function close(found: number | null | undefined, expected: number): void {
  const off = Math.abs((found ?? Number.NaN) / expected - 1);
  assert.ok(off < 1e-12, `${found} for ${expected}`);
}

const figures: readonly Clause[] = [
  {
    id: "aggregates/figures",
    title: "count, sum, avg, min and max leave out what is absent, null or misfit",
    run: aggregated(records, [
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

const groups: readonly Clause[] = [
  {
    id: "aggregates/groups",
    title: "groups come in ascending order of their values, null first, exactly compared",
    run: aggregated(records, [
      [
        { groupBy: ["active"], sum: ["size"] },
        [
          { group: { active: null }, count: 3, sum: { size: 13 } },
          { group: { active: false }, count: 2, sum: { size: -1 } },
          { group: { active: true }, count: 2, sum: { size: 3 } },
        ],
      ],
      [
        { groupBy: ["size"] },
        [
          { group: { size: null }, count: 3 },
          { group: { size: -1 }, count: 1 },
          { group: { size: 3 }, count: 2 },
          { group: { size: 10 }, count: 1 },
        ],
      ],
      [
        { groupBy: ["name"] },
        [null, "B", "a", "b", "\uffff", "\u{10000}"].map((name) => ({
          group: { name },
          count: name === null ? 2 : 1,
        })),
      ],
    ]),
  },
  {
    id: "aggregates/several-groups",
    title: "groups by several members keep their combinations apart",
    run: aggregated(
      [
        { name: "a", size: 1 },
        { name: "a", size: 1, score: 5 },
        { name: "a" },
        { size: 1 },
        { name: "", size: 1 },
        { name: "a,1", active: true },
      ],
      [
        [
          { groupBy: ["name", "size"], avg: ["score"] },
          [
            { group: { name: null, size: 1 }, count: 1, avg: { score: null } },
            { group: { name: "", size: 1 }, count: 1, avg: { score: null } },
            { group: { name: "a", size: null }, count: 1, avg: { score: null } },
            { group: { name: "a", size: 1 }, count: 2, avg: { score: 5 } },
            { group: { name: "a,1", size: null }, count: 1, avg: { score: null } },
          ],
        ],
      ],
    ),
  },
  {
    id: "aggregates/buckets",
    title: "timestamps fall into years, months, days and hours, in every form",
    run: async (context) => {
      const backend = await context.open([moments]);
      const collection = backend.collection(moments);
      const instants = [
        "2025-11-29T10:59:59",
        "2025-11-29T11:00:00",
        "2024-02-29T23:59:59",
        "1969-12-31T23:59:59",
      ];
      for (const [index, iso] of instants.entries()) {
        const ms = Date.parse(`${iso}Z`);
        const value = { utc: `${iso}.999999Z`, local: iso, s: ms / 1000 + 0.5, ms: ms + 0.5 };
        await collection.put(`k${index}`, value);
      }
      await collection.put("misfit", {
        utc: "2025-02-30T00:00:00Z",
        local: "2025",
        s: "1",
        ms: null,
      });
      const expected = {
        year: { "1969": 1, "2024": 1, "2025": 2 },
        month: { "1969-12": 1, "2024-02": 1, "2025-11": 2 },
        day: { "1969-12-31": 1, "2024-02-29": 1, "2025-11-29": 2 },
        hour: { "1969-12-31T23": 1, "2024-02-29T23": 1, "2025-11-29T10": 1, "2025-11-29T11": 1 },
      };
      for (const field of ["utc", "local", "s", "ms"] as const)
        for (const bucket of ["year", "month", "day", "hour"] as const) {
          const rows = await collection.aggregate({ groupBy: [{ field, bucket }] });
          assert.deepEqual(
            rows.map(({ group, count }) => [group[field], count]),
            [[null, 1], ...Object.entries(expected[bucket])],
            `${field} by ${bucket}`,
          );
        }
    },
  },
  {
    id: "aggregates/expired",
    title: "expired records are not counted",
    run: async (context) => {
      const backend = await context.open([sessions], { clock: () => 2000 });
      const collection = backend.collection(sessions);
      await collection.putMany([
        ["a", { expiresAt: 1999, user: "a" }],
        ["b", { expiresAt: 2001, user: "b" }],
        ["c", { user: "c" }],
      ]);
      const rows = await collection.aggregate({ groupBy: ["user"], max: ["expiresAt"] });
      assert.deepEqual(
        rows.map(({ group, max }) => [group["user"], max["expiresAt"]]),
        [
          ["b", 2001],
          ["c", null],
        ],
      );
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
