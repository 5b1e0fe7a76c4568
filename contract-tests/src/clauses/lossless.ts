import assert from "node:assert/strict";
import { defineCollection, text, type CollectionDefinition, type JsonObject } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { items, type Item } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged } from "../proof/rejection.ts";
import { trusted, untyped } from "../proof/trusted.ts";

const keyed: CollectionDefinition<JsonObject> = defineCollection<JsonObject>({
  name: "keyed",
  key: "id",
  fields: { title: text() },
});

/** Puts records one after the other over the last, and alone; compares their JSON text. */
function kept(records: readonly (Item | JsonObject)[]): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [items],
      write: async (backend) => {
        const collection = backend.collection(items);
        await collection.putMany(records.map((record, index) => [`k${index}`, untyped(record)]));
        for (const record of records) await collection.put("over", untyped(record));
      },
      check: async (backend) => {
        const collection = backend.collection(items);
        for (const [index, record] of records.entries())
          assert.equal(JSON.stringify(await collection.get(`k${index}`)), JSON.stringify(record));
        assert.equal(
          JSON.stringify(await collection.get("over")),
          JSON.stringify(records.at(-1)),
          "a record put over others holds what they held",
        );
      },
    });
}

const declared = ["name", "size", "score", "active", "createdAt", "seenAt", "tags"] as const;

const full = {
  name: "n",
  size: 7,
  score: 0.5,
  active: true,
  createdAt: "2025-11-29T10:00:00Z",
  seenAt: 1_764_410_400,
  tags: ["a", { b: null }],
};

const misfits: Readonly<Record<string, readonly unknown[]>> = {
  name: [7, true, ["n"], { n: 1 }, null],
  size: ["7", "", 7.5, true, [7], {}, 2 ** 53, 1e300, null],
  score: ["0.5", "", false, [], null],
  active: [1, 0, "true", "", [true], null],
  createdAt: ["2025-11-29", "2025-02-30T00:00:00Z", "2025-11-29T10:00:00", "", 1_764_410_400, {}],
  seenAt: ["1764410400", "2025-11-29T10:00:00Z", 1e300, true, [], null],
};

const whole: readonly Clause[] = [
  {
    id: "lossless/undeclared",
    title: "members that are not declared are kept beside those that are",
    run: kept([
      { ...full, extra: { deep: [1, null, "x"] }, other: "kept" },
      { nothing: "declared" },
      { ...full, created_at: "not createdAt", createdat: 1, Name: "not name" },
      { key: "k", value: 1, rowid: 2, rest: 3, overflow: 4, extra: 5, position: 6, record_key: 7 },
      full,
    ]),
  },
  {
    id: "lossless/missing-null-empty",
    title: "missing, null and empty are three things, for every kind of member",
    run: kept([
      {},
      ...declared.map((member) => ({ [member]: null })),
      ...declared.map((member) => ({ [member]: "" })),
      ...declared.map((member) => ({ ...full, [member]: null })),
      Object.fromEntries(declared.map((member) => [member, null])),
      { extra: null, other: "", tags: [] },
      {},
    ]),
  },
  {
    id: "lossless/member-order",
    title: "members keep their order, declared or not",
    run: kept([
      { tags: 1, extra: 2, seenAt: 3, name: "n" },
      { extra: 1, name: "n", size: 2 },
      { name: "n", extra: 1, size: 2 },
      { size: 2, name: "n", extra: { b: 1, a: 2 } },
      Object.fromEntries(Object.entries(full).toReversed()),
    ]),
  },
  {
    id: "lossless/misfits",
    title: "a value that does not fit its member's kind is kept as it is",
    run: kept(
      Object.entries(misfits).flatMap(([member, values]) =>
        values.flatMap((value) => [
          trusted<JsonObject>({ [member]: value }),
          trusted<JsonObject>({ ...full, [member]: value }),
        ]),
      ),
    ),
  },
  {
    id: "lossless/verbatim",
    title: "a value that fits is kept in its own spelling",
    run: kept([
      { createdAt: "2025-11-29T10:00:00.100000Z", seenAt: 1_764_410_400.25 },
      { createdAt: "2025-11-29T10:00:00Z", seenAt: -1 },
      { createdAt: "0001-01-01T00:00:00.000Z", seenAt: 0 },
      { name: " n ", size: -(2 ** 53) + 1, score: 1e300, active: false },
      { name: "007", size: 0, score: 3, active: true },
      { name: "2025-11-29", size: 2 ** 53 - 1, score: 5e-324 },
      { tags: "7", score: 2 ** 53 },
      { tags: 7 },
      { tags: true },
    ]),
  },
];

const replaced: readonly Clause[] = [
  {
    id: "lossless/put-replaces",
    title: "put() replaces the whole record: members that the new one lacks are gone",
    run: kept([{ ...full, extra: 1 }, { size: 1 }, { extra: { a: 1 } }, { extra: { b: 1 } }]),
  },
  {
    id: "lossless/shape-changes",
    title: "a record may become an array, a number or null, and an object again",
    run: async (context) => {
      const values = [full, [full], 7, "text", null, true, { extra: 1 }, [], full];
      const collection = (await context.open([items])).collection(items);
      for (const value of values) {
        await collection.put("k", untyped(value));
        assert.equal(JSON.stringify(await collection.get("k")), JSON.stringify(value));
      }
    },
  },
  {
    id: "lossless/nothing-stamped",
    title: "a record holds the members it was given and no other, read by whichever call",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.put("k", { size: 1 });
      const read = [
        await collection.get("k"),
        (await collection.getMany(["k"])).get("k"),
        (await collection.entry("k"))?.value,
        (await collection.find())[0]?.value,
        (await collection.find({ where: { size: 1 } }))[0]?.value,
        (await collection.page({ limit: 1 })).entries[0]?.value,
        (await collection.iterate().next()).value?.value,
      ];
      for (const value of read) assert.equal(JSON.stringify(value), '{"size":1}');
      assert.deepEqual(Object.keys((await collection.find())[0] ?? {}).toSorted(), [
        "key",
        "value",
      ]);
    },
  },
];

const keyMember: readonly Clause[] = [
  {
    id: "lossless/key-member",
    title: "a record that repeats its key keeps that member in its place",
    run: (context) =>
      liveAndReopened(context, {
        collections: [keyed],
        write: async (backend) => {
          await backend.collection(keyed).put("a/b", { title: "t", id: "a/b", other: 1 });
          await backend.collection(keyed).put("é", { id: "é", other: null });
        },
        check: async (backend) => {
          assert.equal(
            JSON.stringify(await backend.collection(keyed).find()),
            '[{"key":"a/b","value":{"title":"t","id":"a/b","other":1}},{"key":"é","value":{"id":"é","other":null}}]',
          );
        },
      }),
  },
  {
    id: "lossless/key-member-required",
    title: "where records repeat their key, one that does not is INVALID_VALUE",
    run: async (context) => {
      const collection = (await context.open([keyed])).collection(keyed);
      await collection.put("k", { id: "k" });
      for (const value of [{}, { id: "K" }, { id: null }, { id: ["k"] }, ["k"], "k"]) {
        const write = untyped(value);
        const calls = [
          () => collection.put("k", write),
          () => collection.insert("n", write),
          () => collection.update("k", () => write),
          () => collection.putMany([["k", write]]),
          () => collection.replaceAll([["k", write]]),
        ];
        for (const call of calls) await refusedUnchanged(collection, "INVALID_VALUE", call);
      }
      await refusedUnchanged(collection, "INVALID_VALUE", () => collection.patch("k", { id: "n" }));
    },
  },
];

/** What was put is what is got. */
export const lossless: Topic = {
  name: "lossless",
  law: "Records are open: `fields` declares members that have a type, an index or a column; any other member is kept as it is. Nothing is dropped, invented, renamed or stamped. Missing, null and empty stay three things; nesting, array order and member order survive; a value that does not fit its declared kind is kept verbatim. All of it holds live and after the store was closed and opened.",
  unproven:
    "That bytes on disk are pretty, or untouched where a record did not change: that is the adapter's own promise.",
  clauses: [...whole, ...replaced, ...keyMember],
};
