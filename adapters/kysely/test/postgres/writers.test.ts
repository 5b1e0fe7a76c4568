import {
  defineCollection,
  integer,
  isStorageError,
  text,
  type StorageBackend,
} from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/postgres/engine.ts";
import { TestStores } from "./test-store.ts";
import { testedEngines } from "./tested-engines.ts";

const counters = defineCollection({ name: "counters", fields: { n: integer() } });
const others = defineCollection({ name: "others" });
const named = defineCollection({ name: "named", fields: { name: text() }, unique: ["name"] });

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}

describePostgres("writers of several processes", () => {
  describe.each(testedEngines)("%s", (_, engine) => {
    writersWith(engine);
  });
});

// Hooks and tests of the block that calls it.
/* oxlint-disable vitest/require-top-level-describe */
function writersWith(engine: Engine): void {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin({}, engine);
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it("wait for a transaction that has used their collection, and for no other", async () => {
    const schema = stores.nextSchema();
    const collections = [counters, others];
    const [one, two] = [stores.open(collections, { schema }), stores.open(collections, { schema })];
    await one.collection(counters).put("k", { n: 1 });
    await two.collection(others).put("k", 1);
    const read = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let isPut = false;
    const transaction = one.transaction(async (tx) => {
      const before = await tx.collection(counters).get("k");
      read.resolve();
      await gate.promise;
      expect(isPut).toBe(false);
      expect(await tx.collection(counters).get("k")).toEqual(before);
      await tx.collection(counters).put("copy", before ?? null);
    });
    await read.promise;
    const put = two.collection(counters).put("k", { n: 2 });
    const waiting = put.then(() => (isPut = true));
    await turns(50);
    // The process itself writes one thing after another; a third one does not wait for it.
    const three = stores.open(collections, { schema });
    await three.collection(others).put("k", 2);
    expect(await three.collection(counters).get("k")).toEqual({ n: 1 });
    gate.resolve();
    await Promise.all([transaction, waiting]);
    expect(await three.collection(counters).getMany(["k", "copy"])).toEqual(
      new Map([
        ["k", { n: 2 }],
        ["copy", { n: 1 }],
      ]),
    );
  });

  it("that all come first make one schema, and none of them fails", async () => {
    for (let time = 0; time < 4; time++) {
      const schema = stores.nextSchema();
      const all = Array.from({ length: 6 }, () => stores.open([counters, named], { schema }));
      await Promise.all(all.map((store, n) => store.collection(counters).put(`k${n}`, { n })));
      expect(await all[0]?.collection(counters).count()).toBe(6);
      await Promise.all(all.map((store) => store.close()));
    }
  });

  it("lose no update, in whatever way they write", async () => {
    const schema = stores.nextSchema();
    const processes = Array.from({ length: 3 }, () => stores.open([counters], { schema }));
    await Promise.all(
      processes.flatMap((store) => {
        const collection = store.collection(counters);
        const updates = Array.from({ length: 20 }, () =>
          collection.update("k", (value) => ({ n: Number(Object(value).n ?? 0) + 1 })),
        );
        const versions = Array.from({ length: 5 }, async () => {
          for (;;) {
            const found = await collection.entry("k");
            const n = Number(Object(found?.value).n ?? 0) + 1;
            if (found === undefined) continue;
            try {
              return await collection.put("k", { n }, { ifVersion: found.version });
            } catch (error) {
              if (!isStorageError(error, "VERSION_CONFLICT")) throw error;
            }
          }
        });
        const whole = Array.from({ length: 5 }, () =>
          store.transaction(async (tx) => {
            const value = await tx.collection(counters).get("k");
            await tx.collection(counters).put("k", { n: Number(Object(value).n ?? 0) + 1 });
          }),
        );
        return [...updates, ...versions, ...whole];
      }),
    );
    expect(await processes[0]?.collection(counters).get("k")).toEqual({ n: 90 });
  });

  it("that put single records without a pause never keep a batch or a transaction waiting for ever", async () => {
    const schema = stores.nextSchema();
    const one = stores.open([counters], { schema });
    await one.collection(counters).put("k", { n: 0 });
    // They take long enough that at any time somebody is writing.
    await stores.database.query(`
      CREATE FUNCTION ${schema}.slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$;
      CREATE TRIGGER slow AFTER INSERT OR UPDATE ON ${schema}.counters
        FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.slow()`);
    const others = Array.from({ length: 16 }, () => stores.open([counters], { schema }));
    const seen = { done: false, puts: 0 };
    const stream = async (store: StorageBackend, own: number): Promise<void> => {
      while (!seen.done) {
        seen.puts++;
        await store.collection(counters).put(`k${own}`, { n: seen.puts });
      }
    };
    const streams = Promise.all(others.map(stream));
    try {
      for (let time = 0; time < 5; time++) {
        const enough = seen.puts + 50;
        while (seen.puts < enough) await turns(1);
        await one.collection(counters).putMany([
          ["a", { n: time }],
          ["b", { n: time }],
        ]);
        await one.transaction((tx) => tx.collection(counters).update("a", () => ({ n: time })), {
          timeoutMs: 10_000,
        });
      }
    } finally {
      seen.done = true;
      await streams;
    }
    expect(await one.collection(counters).get("b")).toEqual({ n: 4 });
  });

  it("that write together are told apart: who clashes is refused, the others are not", async () => {
    const collection = stores.open([named]).collection(named);
    await collection.put("taken", { name: "x" });
    const ends = await Promise.allSettled([
      collection.put("a", { name: "a" }),
      collection.put("b", { name: "x" }),
      collection.insert("taken", { name: "y" }),
      collection.update("c", () => {
        throw new Error("mine");
      }),
      collection.put("d", { name: "d" }),
      collection.putMany([
        ["e", { name: "e" }],
        ["f", { name: "x" }],
      ]),
    ]);
    expect(ends.map(({ status }) => status === "fulfilled")).toEqual([
      true,
      false,
      false,
      false,
      true,
      false,
    ]);
    const reasons = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
    expect(
      reasons.filter((reason) => /another record has the same name/.test(reason)),
    ).toHaveLength(2);
    expect((await collection.find()).map(({ key }) => key)).toEqual(["taken", "a", "d"]);
  });

  it("put records in the order in which they were put, in batches of any size", async () => {
    const store = stores.open([counters]);
    const newest = defineCollection({ name: "newest", order: "prepend" });
    const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key, n) => store.collection(counters).put(key, { n })));
    await store.collection(newest).putMany(keys.map((key) => [key, 1]));
    expect((await store.collection(counters).find()).map(({ key }) => key)).toEqual(keys);
    expect((await store.collection(newest).find()).map(({ key }) => key)).toEqual(
      keys.toReversed(),
    );
    await store.collection(newest).replaceAll(keys.map((key) => [key, 2]));
    expect((await store.collection(newest).find()).map(({ key }) => key)).toEqual(keys);
    await store.collection(newest).put("first", 3);
    expect((await store.collection(newest).find({ limit: 2 })).map(({ key }) => key)).toEqual([
      "first",
      "k0",
    ]);
  });
}
