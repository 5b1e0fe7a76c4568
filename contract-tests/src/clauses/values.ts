import assert from "node:assert/strict";
import type { Collection, JsonValue } from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import {
  hostileNumbers,
  hostileObjects,
  hostileTexts,
  hostileValues,
} from "../corpus/hostile-values.ts";
import { invalidValues } from "../corpus/invalid-values.ts";
import { plain } from "../proof/collections.ts";
import { liveAndReopened } from "../proof/live-and-reopened.ts";
import { refusedUnchanged } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

/** Every value comes back as the same JSON text, member order and number spelling included. */
function kept(values: readonly JsonValue[]): Clause["run"] {
  return (context) =>
    liveAndReopened(context, {
      collections: [plain],
      write: async (backend) => {
        const collection = backend.collection(plain);
        await collection.putMany(values.map((value, index) => [`k${index}`, value]));
      },
      check: async (backend) => {
        const found = await backend.collection(plain).find();
        assert.equal(found.length, values.length);
        for (const [index, value] of values.entries()) {
          assert.equal(JSON.stringify(found[index]?.value), JSON.stringify(value));
          assert.deepEqual(await backend.collection(plain).get(`k${index}`), value);
        }
      },
    });
}

type ValueCall = (collection: Collection, value: JsonValue) => Promise<unknown>;

const callsWithValue: Readonly<Record<string, ValueCall>> = {
  put: (collection, value) => collection.put("ok", value),
  insert: (collection, value) => collection.insert("new", value),
  update: (collection, value) => collection.update("ok", () => value),
  putMany: (collection, value) =>
    collection.putMany([
      ["new", 1],
      ["ok", value],
    ]),
  replaceAll: (collection, value) =>
    collection.replaceAll([
      ["new", 1],
      ["ok", value],
    ]),
};

const shapes: readonly Clause[] = [
  {
    id: "values/every-shape",
    title: "a value of every JSON shape comes back as it was put, live and reopened",
    run: kept(hostileValues),
  },
  {
    id: "values/numbers",
    title: "numbers come back as the same double, live and reopened",
    run: kept([...hostileNumbers, ...hostileNumbers.map((number) => ({ number: [0 - number] }))]),
  },
  {
    id: "values/texts",
    title: "text comes back unit for unit, as a value, a member and a member's name",
    run: kept([...hostileTexts, ...hostileTexts.map((text) => ({ [text]: { list: [text] } }))]),
  },
  {
    id: "values/members",
    title: "members that readers drop, move or interpret are members like any other",
    run: kept([...hostileObjects, ...hostileObjects.map((value) => ({ deep: [value] }))]),
  },
  {
    id: "values/large",
    title: "a record of a megabyte comes back whole",
    run: kept([
      { text: "aé😀\n".repeat(150_000), list: Array.from({ length: 20_000 }, () => "x") },
    ]),
  },
];

const singular: readonly Clause[] = [
  {
    id: "values/null-is-a-value",
    title: "null, false, 0 and the empty text are values, not absence",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      for (const value of [null, false, 0, ""]) {
        await collection.put("k", value);
        assert.equal(await collection.get("k"), value);
        assert.equal(await collection.has("k"), true);
        assert.equal((await collection.entry("k"))?.value, value);
        assert.deepEqual([...(await collection.getMany(["k"]))], [["k", value]]);
        assert.deepEqual(await collection.find(), [{ key: "k", value }]);
        let seen: unknown = "not called";
        await collection.update("k", (current) => {
          seen = current;
          return value;
        });
        assert.equal(seen, value);
        assert.equal(await collection.delete("k"), true);
      }
    },
  },
  {
    id: "values/negative-zero",
    title: "-0 is stored as 0, at any depth",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("bare", -0);
      await collection.put("deep", { a: [-0], b: { c: -0 } });
      assert.ok(Object.is(await collection.get("bare"), 0));
      assert.deepEqual(await collection.get("deep"), { a: [0], b: { c: 0 } });
    },
  },
  {
    id: "values/nested-undefined",
    title: "a member that is undefined is absent from the record",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      await collection.put("k", untyped({ a: undefined, b: { c: undefined, d: null } }));
      assert.equal(JSON.stringify(await collection.get("k")), '{"b":{"d":null}}');
      assert.deepEqual(Object.keys(untyped(await collection.get("k"))), ["b"]);
    },
  },
  {
    id: "values/path",
    title: "INVALID_VALUE names the path of the offender",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      for (const { reason, value, path } of invalidValues) {
        const put = (): Promise<void> => collection.put("k", untyped(value));
        const { message } = await refusedUnchanged(collection, "INVALID_VALUE", put, reason);
        assert.ok(message.includes(path), `${reason}: "${message}" does not name ${path}`);
      }
    },
  },
];

const refused: readonly Clause[] = Object.entries(callsWithValue).map(([name, call]) => ({
  id: `values/invalid-${name}`,
  title: `${name}() rejects what JSON cannot hold with INVALID_VALUE and changes nothing`,
  run: async (context) => {
    const collection = (await context.open([plain])).collection(plain);
    await collection.put("ok", { a: 1 });
    for (const { reason, value } of invalidValues)
      await refusedUnchanged(
        collection,
        "INVALID_VALUE",
        () => call(collection, untyped(value)),
        reason,
      );
  },
}));

/** What may be stored. */
export const values: Topic = {
  name: "values",
  law: "A value is any JSON value: usually an object, but an array, a text, a number, a boolean or null just as well. What JSON cannot hold (ill-formed text, NUL, NaN, infinities, anything that is not plain data, cycles, nesting deeper than 512) is INVALID_VALUE with the path of the offender, before the store sees it. -0 becomes 0, members that are undefined are dropped.",
  unproven:
    "That a store keeps records larger than a megabyte, or how it fares when memory or disk run out.",
  clauses: [...shapes, ...singular, ...refused],
};
