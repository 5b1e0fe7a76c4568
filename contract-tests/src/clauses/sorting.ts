import assert from "node:assert/strict";
import type { OrderBy } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { byteOrderedKeys } from "../corpus/hostile-keys.ts";
import { items, type Item } from "../proof/collections.ts";
import { keysIn, lists } from "../proof/keys-found.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";

type Sorted = readonly [orderBy: readonly OrderBy<Item>[], keys: string];

/** Puts records, then asserts how each order lists them, live and reopened. */
function sorted(
  records: Readonly<Record<string, Item>>,
  expectations: readonly Sorted[],
): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [items],
      write: (backend) => backend.collection(items).putMany(Object.entries(records)),
      check: async (backend) => {
        for (const [orderBy, keys] of expectations)
          await lists(backend.collection(items), { orderBy }, keys);
      },
    });
}

/** Sorting what is found. */
export const sorting: Topic = {
  name: "sorting",
  law: "Every order is total: after the terms asked for, the key decides, in the direction of the last term. Text sorts by its UTF-8 bytes, numbers by value, false before true, timestamps in their stored form. Null, absent and misfit are one and come first ascending, last descending.",
  unproven: "That a sort uses an index.",
  clauses: [
    {
      id: "sorting/text",
      title: "text sorts by its UTF-8 bytes, U+FFFF before U+10000",
      run: async (context) => {
        const collection = (await context.open([items])).collection(items);
        const shuffled = byteOrderedKeys.toSorted((left, right) => (left < right ? 1 : -1));
        await collection.putMany(shuffled.map((name, index) => [`k${index}`, { name }]));
        for (const direction of ["asc", "desc"] as const) {
          const found = await collection.find({ orderBy: [{ field: "name", direction }] });
          const expected = direction === "asc" ? byteOrderedKeys : byteOrderedKeys.toReversed();
          assert.deepEqual(
            found.map(({ value }) => value.name),
            expected,
          );
        }
      },
    },
    {
      id: "sorting/numbers",
      title: "numbers sort by their value",
      run: sorted(
        {
          ten: { size: 10, score: 10 },
          nine: { size: 9, score: 9.5 },
          minus: { size: -10, score: -1e300 },
          zero: { size: 0, score: 5e-324 },
          max: { size: 2 ** 53 - 1, score: 1e300 },
          almost: { size: 2 ** 53 - 2, score: 9.25 },
        },
        [
          [[{ field: "size" }], "minus zero nine ten almost max"],
          [[{ field: "size", direction: "desc" }], "max almost ten nine zero minus"],
          [[{ field: "score" }], "minus zero almost nine ten max"],
        ],
      ),
    },
    {
      id: "sorting/other-kinds",
      title: "false sorts before true, timestamps by their stored form",
      run: sorted(
        {
          a: { active: true, createdAt: "2025-11-29T10:00:00Z", seenAt: 10 },
          b: { active: false, createdAt: "2025-11-29T10:00:00.5Z", seenAt: 9 },
          c: { active: true, createdAt: "2024-11-29T10:00:00Z", seenAt: -0.5 },
          d: { active: false, createdAt: "2025-01-01T00:00:00Z", seenAt: 100 },
        },
        [
          [[{ field: "active" }], "b d a c"],
          [[{ field: "active", direction: "desc" }], "c a d b"],
          [[{ field: "createdAt" }], "c d b a"],
          [[{ field: "seenAt" }], "c b a d"],
        ],
      ),
    },
    {
      id: "sorting/nothing-to-compare",
      title:
        "null, absent and misfit are one: first ascending, last descending, by key among themselves",
      run: sorted(
        {
          z: { size: 1 },
          null: { size: null },
          misfit: { size: "0" },
          absent: {},
          half: { size: 0.5 },
          b: { size: -1 },
        },
        [
          [[{ field: "size" }], "absent half misfit null b z"],
          [[{ field: "size", direction: "desc" }], "z b null misfit half absent"],
          [
            [{ field: "size", direction: "desc" }, { field: "$key" }],
            "z b absent half misfit null",
          ],
        ],
      ),
    },
    {
      id: "sorting/ties",
      title: "ties are decided by the key, in the direction of the last term",
      run: sorted(
        {
          c: { name: "x", size: 1 },
          A: { name: "x", size: 1 },
          b: { name: "x", size: 2 },
          é: { name: "w", size: 1 },
          a: { name: "x", size: 1 },
        },
        [
          [[{ field: "name" }], "é A a b c"],
          [[{ field: "name", direction: "desc" }], "c b a A é"],
          [[{ field: "name", direction: "desc" }, { field: "size" }], "A a c b é"],
          [[{ field: "size" }, { field: "name", direction: "desc" }], "c a A é b"],
          [[{ field: "size", direction: "desc" }, { field: "$key" }], "b A a c é"],
          [[{ field: "$key", direction: "desc" }, { field: "size" }], "é c b a A"],
          [[], "A a b c é"],
        ],
      ),
    },
    {
      id: "sorting/limit",
      title: "a limit takes the first of the order; 0 takes none, and more than there are all",
      run: async (context) => {
        const collection = (await context.open([items])).collection(items);
        for (const [index, key] of ["c", "a", "e", "b", "d"].entries())
          await collection.put(key, { size: index, active: index > 0 });
        const orderBy = [{ field: "size", direction: "desc" }] as const;
        await lists(collection, { orderBy, limit: 2 }, "d b");
        await lists(collection, { orderBy, limit: 1, where: { size: { lt: 3 } } }, "e");
        await lists(collection, { orderBy, limit: 0 }, "");
        await lists(collection, { limit: 0 }, "");
        await lists(collection, { limit: 2 }, "c a");
        await lists(collection, { limit: 2, where: { active: true } }, "a e");
        await lists(collection, { orderBy, limit: 99 }, "d b e a c");
        await lists(collection, { limit: 99 }, "c a e b d");
      },
    },
    {
      id: "sorting/many",
      title: "10,001 records sort completely",
      run: async (context) => {
        const collection = (await context.open([items])).collection(items);
        // 7,919 has no factor in common with 10,001, so every size comes once.
        const scattered = Array.from({ length: 10_001 }, (_, index) => (index * 7919) % 10_001);
        await collection.putMany(scattered.map((size) => [`k${size}`, { size }]));
        const found = await collection.find({ orderBy: [{ field: "size" }] });
        assert.equal(keysIn(found), scattered.map((_, index) => `k${index}`).join(" "));
      },
    },
  ] satisfies readonly Clause[],
};
