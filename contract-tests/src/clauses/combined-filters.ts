import assert from "node:assert/strict";
import type { Filter } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { items, type Item } from "../proof/collections.ts";
import { filtered } from "../proof/filtered.ts";
import { finds } from "../proof/keys-found.ts";

const nested = (depth: number): Filter<Item> => {
  let where: Filter<Item> = { size: 1 };
  for (let level = 0; level < depth; level++) where = { and: [where, { not: { size: 2 } }] };
  return where;
};

/** Filters of several conditions, and what they say of whole records. */
export const combined: readonly Clause[] = [
  {
    id: "queries/and-or-not",
    title: "conditions combine by and, or and not, nested at will, and stay two-valued over null",
    run: filtered(
      {
        a: { size: 1, active: true, name: "x" },
        b: { size: 2, active: false, name: "x" },
        c: { size: 3, active: null, name: "y" },
        d: { size: null, active: true },
        e: {},
      },
      [
        [{ size: 1, active: true }, "a"],
        [{ size: 1, active: false }, ""],
        [{ or: [{ size: 1 }, { active: false }] }, "a b"],
        [{ and: [{ name: "x" }, { or: [{ size: 2 }, { active: true }] }] }, "a b"],
        [{ not: { size: 1, active: true } }, "b c d e"],
        [{ not: { or: [{ size: { gte: 2 } }, { active: true }] } }, "e"],
        [{ not: { and: [{ name: "x" }, { size: 1 }] } }, "b c d e"],
        [{ not: { not: { size: 1 } } }, "a"],
        [{ name: "x", not: { size: 1 } }, "b"],
        [{ name: "x", or: [{ size: 1 }, { size: 3 }] }, "a"],
        [{ active: { ne: true }, size: { ne: 2 } }, "c e"],
        [{ and: [] }, "a b c d e"],
        [{ or: [] }, ""],
        [{ not: { or: [] } }, "a b c d e"],
        [{ not: {} }, ""],
        [{}, "a b c d e"],
      ],
    ),
  },
  {
    id: "queries/key",
    title: "$key is filtered like a text member, and combines with the others",
    run: filtered({ a: { size: 1 }, A: { size: 1 }, ab: { size: 2 }, b: {}, "a%": {}, é: {} }, [
      [{ $key: "a" }, "a"],
      [{ $key: { in: ["b", "a", "zz"] } }, "a b"],
      [{ $key: { startsWith: "a" } }, "a ab a%"],
      [{ $key: { contains: "%" } }, "a%"],
      [{ $key: { gt: "a", lt: "b" } }, "ab a%"],
      [{ $key: { ne: "a" } }, "A ab b a% é"],
      [{ $key: { eqIgnoreCase: "A" } }, "a A"],
      [{ $key: { lte: "a" }, size: 1 }, "a A"],
      [{ not: { $key: { gte: "a" } } }, "A"],
    ]),
  },
  {
    id: "queries/deep",
    title: "filters may be nested 64 deep, and no deeper",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      await collection.put("a", { size: 1 });
      await finds(collection, nested(60), "a");
      await assert.rejects(collection.find({ where: nested(65) }), { code: "INVALID_QUERY" });
    },
  },
  {
    id: "queries/no-object",
    title: "a value that is no object has no members, whatever it holds",
    run: filtered(
      { list: ["x"], text: "x", length: "xx", number: 1, null: null, object: { name: "x" } },
      [
        [{ name: "x" }, "object"],
        [{ name: { ne: "x" } }, "list text length number null"],
        [{ size: { exists: true } }, ""],
      ],
    ),
  },
  {
    id: "queries/follow-writes",
    title: "a filter sees what was written last, whichever call wrote it",
    run: async (context) => {
      const collection = (await context.open([items])).collection(items);
      const where: Filter<Item> = { active: true, size: { gte: 5 } };
      await collection.put("a", { active: true, size: 5, name: "old" });
      await finds(collection, where, "a");
      await collection.patch("a", { size: 4 });
      await finds(collection, where, "");
      await collection.update("a", () => ({ active: true, size: 9 }));
      await finds(collection, where, "a");
      await finds(collection, { name: "old" }, "");
      await collection.putMany([["b", { active: true, size: 6 }]]);
      await finds(collection, where, "a b");
      await collection.put("a", { active: true, size: "9" });
      await finds(collection, where, "b");
      await collection.deleteMany(["b"]);
      await finds(collection, where, "");
      await collection.replaceAll([["c", { active: true, size: 7 }]]);
      await finds(collection, where, "c");
      await collection.clear();
      await finds(collection, where, "");
    },
  },
];
