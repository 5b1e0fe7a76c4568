import assert from "node:assert/strict";
import {
  defineCollection,
  timestamp,
  type CollectionDefinition,
  type JsonValue,
} from "@cutover/core";
import type { Clause } from "../clause.ts";
import { aggregated, uneven } from "../proof/aggregated.ts";
import { sessions } from "../proof/collections.ts";

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

/** Figures of several groups of records. */
export const groups: readonly Clause[] = [
  {
    id: "aggregates/groups",
    title: "groups come in ascending order of their values, null first, exactly compared",
    run: aggregated(uneven, [
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
