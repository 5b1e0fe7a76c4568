import assert from "node:assert/strict";
import {
  memoryBackend,
  type Collection,
  type JsonValue,
  type OrderBy,
  type PageQuery,
} from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { hostileKeys } from "../corpus/hostile-keys.ts";
import { hostileTexts } from "../corpus/hostile-values.ts";
import { items, plain, type Item } from "../proof/collections.ts";
import { keysIn } from "../proof/keys-found.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

/** Reads all pages one after the other. @returns the keys, page by page */
async function allPages<V extends JsonValue>(
  query: PageQuery<V>,
  collectionOf: (page: number) => Collection<V>,
): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await collectionOf(pages.length).page({
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    });
    pages.push(page.entries.map(({ key }) => key));
    cursor = page.next;
    assert.ok(pages.length < 20_000, "the pages never end");
  } while (cursor !== undefined);
  return pages;
}

const mixed: readonly Item[] = [
  ...[3, 1, 2, 1, -1, 0.5, "1", null].map((size) => ({ size, score: 1 })),
  ...[true, false, null, 1].map((active) => ({ active, name: "tied" })),
  ...["b", "B", "é", "", "\uffff", "\u{10000}", 7, null].map((name) => ({ name, score: 0.1 })),
  ...[1e300, 5e-324, -1, "x"].map((score) => ({ score, size: 1, name: "tied" })),
  {},
];

const orders: readonly (readonly OrderBy<Item>[])[] = [
  [{ field: "size" }],
  [{ field: "size", direction: "desc" }],
  [{ field: "name" }, { field: "size", direction: "desc" }],
  [{ field: "name", direction: "desc" }, { field: "score" }],
  [{ field: "active", direction: "desc" }, { field: "$key" }],
  [{ field: "score" }, { field: "active" }, { field: "name", direction: "desc" }],
  [{ field: "$key", direction: "desc" }],
];

const complete: readonly Clause[] = [
  {
    id: "pages/sizes",
    title: "pages are full but the last, and end where the records end",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const limit = 10;
      for (const count of [
        0,
        1,
        limit - 1,
        limit,
        limit + 1,
        limit * 3 - 1,
        limit * 3,
        limit * 3 + 1,
      ]) {
        const keys = Array.from({ length: count }, (_, index) => `k${100 + index}`);
        await collection.replaceAll(keys.toReversed().map((key) => [key, 1]));
        const pages = await allPages({ limit }, () => collection);
        assert.deepEqual(pages.flat(), keys, `${count} records`);
        assert.equal(pages.length, Math.max(1, Math.ceil(count / limit)), `${count} records`);
      }
    },
  },
  {
    id: "pages/any-order",
    title: "pages in any order hold what find() lists, each record once, over ties and nulls",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.putMany(mixed.map((item, index) => [`k${index % 7}.${index}`, item]));
      for (const orderBy of orders) {
        const expected = keysIn(await collection.find({ orderBy }));
        for (const limit of [1, 2, 7]) {
          const pages = await allPages<Item>({ orderBy, limit }, () => collection);
          assert.equal(pages.flat().join(" "), expected, JSON.stringify({ orderBy, limit }));
        }
      }
    },
  },
  {
    id: "pages/hostile",
    title: "a page may end on any key and any text",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      const texts = hostileTexts.map((name, index) => [`text${index}`, { name }] as const);
      await collection.putMany([
        ...hostileKeys.map((key) => [key, { name: key }] as const),
        ...texts,
      ]);
      for (const orderBy of [
        [{ field: "$key" }],
        [{ field: "name", direction: "desc" }],
      ] as const) {
        const found = await collection.find({ orderBy });
        const pages = await allPages<Item>({ orderBy, limit: 1 }, () => collection);
        assert.deepEqual(
          pages.flat(),
          found.map(({ key }) => key),
        );
      }
    },
  },
  {
    id: "pages/filtered",
    title: "pages of a filter hold what the filter finds",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      const sizes = Array.from({ length: 100 }, (_, size) => size);
      await collection.putMany(sizes.map((size) => [`k${size}`, { size, active: size % 3 === 0 }]));
      const orderBy = [{ field: "size", direction: "desc" }] as const;
      const pages = await allPages<Item>(
        { where: { active: true }, orderBy, limit: 10 },
        () => collection,
      );
      const expected = sizes.filter((size) => size % 3 === 0).toReversed();
      assert.deepEqual(
        pages.flat(),
        expected.map((size) => `k${size}`),
      );
    },
  },
  {
    id: "pages/10001-records",
    title: "10,001 records come in pages of 1,000, each once",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      const sizes = Array.from({ length: 10_001 }, (_, index) => index);
      await collection.putMany(sizes.map((size) => [`k${size}`, { size: size % 100 }]));
      const orderBy = [{ field: "size" }] as const;
      const pages = await allPages<Item>({ orderBy, limit: 1000 }, () => collection);
      assert.deepEqual(
        pages.map((page) => page.length),
        [...Array.from({ length: 10 }, () => 1000), 1],
      );
      assert.equal(new Set(pages.flat()).size, 10_001);
    },
  },
];

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const cursors: readonly Clause[] = [
  {
    id: "pages/stable",
    title: "pages stay where they are while others insert, delete and change records",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      const keys = Array.from({ length: 30 }, (_, index) => `k${10 + index}`);
      await collection.putMany(keys.map((key) => [key, 1]));
      const first = await collection.page({ limit: 10 });
      // Before the cursor, at it and behind it: an offset or a lost place would show.
      await collection.putMany(["a", "b", "k105"].map((key) => [key, 1]));
      await collection.deleteMany(["k12", "k19", "k25"]);
      await collection.put("k20", { changed: true });
      await collection.put("k205", 1);
      const next = first.next ?? "";
      const secondPage = await collection.page({ limit: 10, cursor: next });
      assert.equal(keysIn(first.entries), keys.slice(0, 10).join(" "));
      assert.equal(keysIn(secondPage.entries), "k20 k205 k21 k22 k23 k24 k26 k27 k28 k29");
      const again = await collection.page({ limit: 10, cursor: next });
      assert.deepEqual(again, secondPage, "a cursor may be used again");
      const last = await collection.page({ limit: 99, cursor: secondPage.next ?? "" });
      assert.equal(keysIn(last.entries), keys.slice(20).join(" "));
      assert.equal(last.next, undefined);
    },
  },
  {
    id: "pages/any-backend",
    title: "a cursor is valid on whichever backend reads the next page, and after reopening",
    run: async (context) => {
      const other = memoryBackend();
      try {
        let backend = await context.open([items]);
        const entries = mixed.map((item, index) => [`k${index}`, item] as const);
        await other.collection(items).putMany(entries);
        await backend.collection(items).putMany(entries);
        for (const orderBy of orders) {
          const expected = keysIn(await other.collection(items).find({ orderBy }));
          for (const parity of [0, 1]) {
            const pages = await allPages<Item>({ orderBy, limit: 3 }, (page) =>
              (page % 2 === parity ? backend : other).collection(items),
            );
            assert.equal(pages.flat().join(" "), expected, JSON.stringify(orderBy));
          }
        }
        const first = await backend.collection(items).page({ limit: 5 });
        backend = await context.reopen(backend);
        if (context.capabilities.durability === "none")
          await backend.collection(items).putMany(entries);
        const rest = await backend.collection(items).page({ limit: 99, cursor: first.next ?? "" });
        assert.equal(first.entries.length + rest.entries.length, mixed.length);
      } finally {
        await other[Symbol.asyncDispose]();
      }
    },
  },
  {
    id: "pages/foreign-cursor",
    title: "a cursor that is damaged, or of another order or collection, is INVALID_QUERY",
    run: async (context) => {
      const backend = await context.open([items, plain]);
      const collection = backend.collection(items);
      await collection.putMany(mixed.map((item, index) => [`k${index}`, item]));
      await backend.collection(plain).putMany([
        ["a", 1],
        ["b", 1],
      ]);
      const bySize = await collection.page({ limit: 1, orderBy: [{ field: "size" }] });
      const byKey = await backend.collection(plain).page({ limit: 1 });
      const cursor = bySize.next ?? "";
      const tries: readonly PageQuery<Item>[] = [
        { limit: 1, cursor },
        { limit: 1, cursor, orderBy: [{ field: "size", direction: "desc" }] },
        { limit: 1, cursor, orderBy: [{ field: "size" }, { field: "name" }] },
        { limit: 1, cursor: byKey.next ?? "" },
      ];
      for (const query of tries) await rejectsWith("INVALID_QUERY", collection.page(query));
      for (const bad of ["", "x", "!!!", "null", cursor.slice(4), json([1]), json({}), 7, null])
        await rejectsWith("INVALID_QUERY", collection.page({ limit: 1, cursor: untyped(bad) }));
    },
  },
];

/** Page by page. */
export const pages: Topic = {
  name: "pages",
  law: "page() lists by key unless told otherwise, a page at a time. A cursor is opaque, names the place where a page ended rather than a number of records, and is valid on whichever backend reads the next page; so pages stay stable while others write. A cursor that does not belong to the query is INVALID_QUERY.",
  unproven: "That the pages together are a snapshot: they are not.",
  clauses: [...complete, ...cursors],
};
