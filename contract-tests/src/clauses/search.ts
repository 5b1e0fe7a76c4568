import assert from "node:assert/strict";
import { defineCollection, text, type Collection, type CollectionDefinition } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { articles, plain, sessions, type Article } from "../proof/collections.ts";
import { keysIn } from "../proof/keys-found.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { rejectsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

const newestFirst: CollectionDefinition<Article> = defineCollection<Article>({
  name: "newest_first",
  fields: { title: text() },
  search: ["title"],
  order: "prepend",
});

async function hits(
  collection: Collection<Article>,
  words: string,
  expected: string,
): Promise<void> {
  assert.equal(keysIn(await collection.search(words)), expected, JSON.stringify(words));
}

type Hit = readonly [words: string, keys: string];

/** Puts articles, then asserts what words find, live and reopened. */
function searched(
  records: Readonly<Record<string, Article>>,
  expectations: readonly Hit[],
): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [articles],
      write: (backend) => backend.collection(articles).putMany(Object.entries(records)),
      check: async (backend) => {
        for (const [words, keys] of expectations)
          await hits(backend.collection(articles), words, keys);
      },
    });
}

const matching: readonly Clause[] = [
  {
    id: "search/every-word",
    title: "a record is found when its searched members hold every word, in whatever order",
    run: searched(
      {
        a: { title: "The quick brown fox", body: "jumps over the lazy dog" },
        b: { title: "quick", body: "fox" },
        c: { title: "quickly foxes" },
        d: { hidden: "quick fox" },
        e: { title: ["quick", "fox"], body: 7 },
        f: { body: "fox-like: quick!" },
        g: {},
      },
      [
        ["quick", "a b f"],
        ["fox quick", "a b f"],
        ["quick dog", "a"],
        ["quick quick", "a b f"],
        ["quick cat", ""],
        ["qui", ""],
        ["uick", ""],
        ["7", ""],
        ["quickfox", ""],
      ],
    ),
  },
  {
    id: "search/folding",
    title: "words are folded one way: case, accents and compatibility forms do not matter",
    run: searched(
      {
        a: { title: "CAF\u00c9 Stra\u00dfe" },
        b: { title: "cafe\u0301 \ufb01n \u2460" },
        c: { title: "\u5b58\u50a8\u4e2d\u6587" },
        d: { title: "\u041f\u0440\u0438\u0432\u0435\u0442 \u03a3\u0391\u03a3" },
        e: { title: "\uff21\uff22\uff23 x\u00b2" },
        f: { title: "don't stop" },
      },
      [
        ["cafe", "a b"],
        ["CAF\u00c9", "a b"],
        ["fin", "b"],
        ["1", "b"],
        ["\u50a8", "c"],
        ["\u6587\u5b58", "c"],
        ["\u043f\u0440\u0438\u0432\u0435\u0442", "d"],
        ["abc", "e"],
        ["x2", "e"],
        ["t don", "f"],
        ["stra\u00dfe", "a"],
      ],
    ),
  },
  {
    id: "search/no-syntax",
    title: "the words of a search are words: no operators, quotes, wildcards or columns",
    run: searched(
      {
        a: { title: "alpha and beta" },
        b: { title: "alpha or gamma" },
        c: { title: "not near alpha" },
        d: { title: "alphabet" },
        e: { title: "title body" },
      },
      [
        ["alpha AND beta", "a"],
        ["alpha OR gamma", "b"],
        ["NOT alpha", "c"],
        ["NEAR(alpha)", "c"],
        ['"alpha and"', "a"],
        ['"alpha', "a b c"],
        ["alph*", ""],
        ["alpha*", "a b c"],
        ["title:alpha", ""],
        ["title: body", "e"],
        ["-alpha", "a b c"],
        ["^alpha", "a b c"],
        ["(alpha", "a b c"],
        ["al%a", ""],
        ["alph_", ""],
        ["'; DROP TABLE articles; --", ""],
      ],
    ),
  },
  {
    id: "search/no-words",
    title: "words without a letter or digit find nothing",
    run: searched({ a: { title: "alpha - *" }, b: { title: "" }, c: {} }, [
      ["", ""],
      [" ", ""],
      ["- * \" ' % _", ""],
      ["\u0301", ""],
      ["\u{1f600}", ""],
    ]),
  },
];

const listed: readonly Clause[] = [
  {
    id: "search/prefix",
    title: "with prefix the last word may be the beginning of a longer one, and only the last",
    run: async (context) => {
      const collection = (await context.open([articles])).collection(articles);
      await collection.putMany([
        ["a", { title: "quick foxes" }],
        ["b", { title: "quick fox" }],
        ["c", { title: "quickly foxes" }],
        ["d", { title: "CAF\u00c9s quick" }],
      ]);
      const found = async (words: string): Promise<string> =>
        keysIn(await collection.search(words, { prefix: true }));
      assert.equal(await found("quick fo"), "a b");
      assert.equal(await found("fo quick"), "");
      assert.equal(await found("foxes quick"), "a c");
      assert.equal(await found("foxe"), "a c");
      assert.equal(await found("caf\u00e9"), "d");
      assert.equal(await found("oxes"), "");
      assert.equal(await found(""), "");
      await hits(collection, "foxe", "");
    },
  },
  {
    id: "search/order-limit-filter",
    title: "what is found comes in the order of the collection, with limit and filter",
    run: async (context) => {
      const backend = await context.open([articles, newestFirst]);
      const keys = ["c", "a", "e", "b", "d"];
      for (const definition of [articles, newestFirst]) {
        const collection = backend.collection(definition);
        for (const key of keys) await collection.put(key, { title: `word ${key}` });
        await collection.put("a", { title: "word word word a" });
        const expected = definition === articles ? keys : keys.toReversed();
        await hits(collection, "word", expected.join(" "));
        assert.equal(
          keysIn(await collection.search("word", { limit: 2 })),
          expected.slice(0, 2).join(" "),
        );
        assert.equal(keysIn(await collection.search("word", { limit: 0 })), "");
        const where = { title: { ne: "word e" } };
        const rest = expected.filter((key) => key !== "e");
        assert.equal(
          keysIn(await collection.search("word", { where, limit: 3 })),
          rest.slice(0, 3).join(" "),
        );
      }
    },
  },
  {
    id: "search/follows-writes",
    title: "a search sees what was written last, in a transaction its own writes",
    run: async (context) => {
      const backend = await context.open([articles]);
      const collection = backend.collection(articles);
      await collection.put("a", { title: "old" });
      await collection.put("a", { title: "new" });
      await hits(collection, "old", "");
      await hits(collection, "new", "a");
      await collection.patch("a", { body: "more" });
      await hits(collection, "new more", "a");
      await backend.transaction(async (tx) => {
        await tx.collection(articles).put("b", { title: "inside" });
        assert.equal(keysIn(await tx.collection(articles).search("inside")), "b");
        await tx.collection(articles).delete("a");
        assert.equal(keysIn(await tx.collection(articles).search("new")), "");
      });
      await hits(collection, "inside", "b");
      await collection.update("b", () => ({ body: "outside" }));
      await hits(collection, "inside", "");
      await collection.replaceAll([["c", { title: "replaced" }]]);
      await hits(collection, "outside", "");
      await hits(collection, "replaced", "c");
      const undone = backend.transaction(async (tx) => {
        await tx.collection(articles).put("c", { title: "undone" });
        throw new Error("mine");
      });
      await assert.rejects(undone, /mine/);
      await hits(collection, "undone", "");
      await hits(collection, "replaced", "c");
      await collection.clear();
      await hits(collection, "replaced", "");
    },
  },
  {
    id: "search/expired",
    title: "expired records are not found",
    run: async (context) => {
      let nowMs = 1000;
      const backend = await context.open([sessions], { clock: () => nowMs });
      const collection = backend.collection(sessions);
      await collection.put("a", { user: "jo one", expiresAt: 2000 });
      await collection.put("b", { user: "jo two" });
      assert.equal(keysIn(await collection.search("jo")), "a b");
      nowMs = 2000;
      assert.equal(keysIn(await collection.search("jo")), "b");
    },
  },
];

const relevance: Clause = {
  id: "search/relevance",
  title: "relevance orders the same records that a search finds, or is NOT_SUPPORTED",
  needs: (capabilities) => capabilities.relevance,
  run: async (context) => {
    const collection = (await context.open([articles])).collection(articles);
    await collection.putMany([
      ["far", { title: "word", body: "and very many other things that are not it ".repeat(20) }],
      ["near", { title: "word word word" }],
      ["none", { title: "nothing" }],
      ["some", { title: "a word here" }],
    ]);
    const found = await collection.search("word", { order: "relevance" });
    assert.deepEqual(found.map(({ key }) => key).toSorted(), ["far", "near", "some"]);
    assert.equal(found[0]?.key, "near");
    const first = await collection.search("word", { order: "relevance", limit: 1 });
    assert.equal(keysIn(first), "near");
  },
  without: async (context) => {
    const collection = (await context.open([articles])).collection(articles);
    await collection.put("a", { title: "word" });
    await rejectsWith("NOT_SUPPORTED", collection.search("word", { order: "relevance" }));
  },
};

const refused: Clause = {
  id: "search/refused",
  title: "a search without searched members, or by what is no text, is INVALID_QUERY",
  run: async (context) => {
    const backend = await context.open([articles, plain]);
    const collection = backend.collection(articles);
    await rejectsWith("INVALID_QUERY", backend.collection(plain).search("word"));
    await rejectsWith("INVALID_QUERY", collection.search(untyped(7)));
    await rejectsWith("INVALID_QUERY", collection.search("word", { limit: -1 }));
    await rejectsWith("INVALID_QUERY", collection.search("word", { where: untyped({ no: 1 }) }));
    await rejectsWith("INVALID_QUERY", collection.search("word", { order: untyped("best") }));
  },
};

/** Full-text search. */
export const search: Topic = {
  name: "search",
  law: "search() finds the records whose searched members hold every word, whole, after one pinned folding of case, accents and compatibility forms; scripts without spaces are cut into characters. Words are never a query language. The same records are found everywhere, in the order of the collection; order by relevance is a capability.",
  unproven:
    "How good an order by relevance is: only that it holds the same records, and prefers the obvious one.",
  clauses: [...matching, ...listed, relevance, refused],
};
