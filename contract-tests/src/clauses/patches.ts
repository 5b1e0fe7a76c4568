import assert from "node:assert/strict";
import { defineCollection, text, type CollectionDefinition, type JsonObject } from "@cutover/core";
import type { Clause } from "../clause.ts";
import { plain } from "../proof/collections.ts";
import { refusedUnchanged } from "../proof/rejection.ts";
import { trusted, untyped } from "../proof/trusted.ts";

type Named = { readonly name: string; readonly note?: string };

/** Wants a name of text, and says so in the Standard Schema way. */
const validated: CollectionDefinition<Named> = defineCollection<Named>({
  name: "validated",
  fields: { name: text() },
  schema: {
    "~standard": {
      version: 1,
      vendor: "contract",
      validate: (value) => {
        const name = typeof value === "object" && value !== null && "name" in value && value.name;
        if (typeof name === "string") return { value: { name: "changed by the schema" } };
        return { issues: [{ message: "wants text", path: ["name"] }] };
      },
    },
  },
});

/** Merging members, and a collection's own schema. */
export const patches: readonly Clause[] = [
  {
    id: "writes/patch",
    title: "patch() merges at top level, creates what is absent, and returns the record",
    run: async (context) => {
      const definition = defineCollection<JsonObject>({ name: "patched", fields: { b: text() } });
      const collection = (await context.open([definition])).collection(definition);
      assert.deepEqual(await collection.patch("k", { a: { x: 1 } }), { a: { x: 1 } });
      const members = { b: "é", a: untyped(undefined), gone: untyped(undefined), c: null };
      const patched = await collection.patch("k", members);
      assert.equal(JSON.stringify(patched), '{"a":{"x":1},"b":"é","c":null}');
      await collection.patch("k", { a: { y: 2 }, b: null });
      assert.equal(JSON.stringify(await collection.get("k")), '{"a":{"y":2},"b":null,"c":null}');
      const polluting = trusted<JsonObject>(JSON.parse('{"__proto__":{"x":1}}'));
      await collection.patch("k", polluting);
      assert.ok(Object.hasOwn((await collection.get("k")) ?? {}, "__proto__"));
    },
  },
  {
    id: "writes/patch-needs-objects",
    title: "patch() refuses a record, or a patch, that is no object, and changes nothing",
    run: async (context) => {
      const collection = (await context.open([plain])).collection(plain);
      for (const value of [7, "text", null, true, [1], [{ a: 1 }]]) {
        await collection.put("k", value);
        const patch = (): Promise<unknown> => collection.patch("k", { a: 1 });
        await refusedUnchanged(
          collection,
          "INVALID_VALUE",
          patch,
          `the record ${JSON.stringify(value)}`,
        );
      }
      await collection.put("k", { a: 1 });
      for (const patch of [7, "text", null, [1], undefined]) {
        const call = (): Promise<unknown> => collection.patch("k", untyped(patch));
        await refusedUnchanged(collection, "INVALID_VALUE", call, `the patch ${String(patch)}`);
      }
    },
  },
  {
    id: "writes/validation",
    title: "a schema refuses what it refuses with VALIDATION_FAILED and changes nothing it accepts",
    run: async (context) => {
      const collection = (await context.open([validated])).collection(validated);
      const good = { name: "n", note: "kept" };
      const bad = untyped({ name: 7 });
      await collection.put("k", good);
      const calls = [
        () => collection.put("k", bad),
        () => collection.insert("new", bad),
        () => collection.update("k", () => bad),
        () => collection.patch("k", bad),
        () =>
          collection.putMany([
            ["new", good],
            ["k", bad],
          ]),
        () =>
          collection.replaceAll([
            ["new", good],
            ["k", bad],
          ]),
      ];
      for (const call of calls) {
        const error = await refusedUnchanged(collection, "VALIDATION_FAILED", call);
        assert.deepEqual(error.details.issues, [{ message: "wants text", path: "$.name" }]);
      }
      assert.deepEqual(await collection.get("k"), good);
    },
  },
];
