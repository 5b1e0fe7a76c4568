import {
  defineCollection,
  integer,
  isStorageError,
  text,
  type CollectionDefinition,
  type ErrorCode,
} from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { models } from "../models.ts";
import { shapes, values, type Shape } from "../schema-shapes.ts";
import { TestStores } from "./test-store.ts";
import { testedEngines } from "./tested-engines.ts";

const items = (shape: Shape): CollectionDefinition => defineCollection({ name: "items", ...shape });

async function codeOf(call: Promise<unknown>): Promise<ErrorCode | "none"> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isStorageError(error) ? error.code : "none";
}

describePostgres("tables on a real server", () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await TestStores.begin();
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  it("hold records as they are through any change of their definition", async () => {
    const schema = stores.nextSchema();
    const named = shapes.map(([, shape]) => shape);
    const [first = {}] = named;
    const before = stores.open([], { schema });
    await before.collection(items(first)).putMany(values);
    await before.close();
    // Every definition is come to from two others.
    for (const shape of [
      ...named,
      ...named.toReversed(),
      ...named.filter((_, at) => at % 2 === 0),
    ]) {
      const store = stores.open([items(shape)], { schema });
      const collection = store.collection(items(shape));
      expect(JSON.stringify((await collection.find()).map(({ key, value }) => [key, value]))).toBe(
        JSON.stringify(values),
      );
      await collection.put("new", { title: "new" });
      expect((await collection.find()).at(-1)).toEqual({ key: "new", value: { title: "new" } });
      await collection.delete("new");
      await store.close();
    }
  });

  it("take places at the other end when the order of a collection is turned round", async () => {
    const schema = stores.nextSchema();
    for (const [order, key] of [
      ["append", "a"],
      ["prepend", "b"],
      ["append", "c"],
    ] as const) {
      const definition = items({ order });
      const store = stores.open([definition], { schema });
      await store.collection(definition).put(key, 1);
      await store.close();
    }
    const found = await stores.open([], { schema }).collection(items({})).find();
    expect(found.map(({ key }) => key)).toEqual(["b", "a", "c"]);
  });

  it("refuse a constraint that does not hold, and change nothing", async () => {
    const schema = stores.nextSchema();
    const loose = items({ fields: { title: text() } });
    const before = stores.open([], { schema });
    await before.collection(loose).putMany([
      ["a", { title: "x" }],
      ["b", { title: "x" }],
    ]);
    await before.close();
    const strict = items({ fields: { title: text() }, unique: ["title"] });
    const refused = stores.open([], { schema }).collection(strict);
    expect(await codeOf(refused.get("a"))).toBe("CONFIG_INVALID");
    expect(await stores.open([], { schema }).collection(loose).count()).toBe(2);
  });

  it("are not written to by a program whose definition is no longer the table's", async () => {
    const schema = stores.nextSchema();
    const old = stores.open([], { schema }).collection(items({}));
    await old.put("a", { title: "x" });
    const renewed = stores.open([], { schema }).collection(items({ fields: { title: text() } }));
    expect(await renewed.get("a")).toEqual({ title: "x" });
    expect(await codeOf(old.put("b", { title: "y" }))).toBe("SCHEMA_OUTDATED");
    expect(await codeOf(old.update("a", () => 1))).toBe("SCHEMA_OUTDATED");
    expect(await renewed.count()).toBe(1);
  });

  it("of another application's are left alone", async () => {
    const schema = stores.nextSchema();
    await stores.database.query(`CREATE SCHEMA ${schema}`);
    await stores.database.query(`CREATE TABLE ${schema}.items (id integer)`);
    const collection = stores.open([], { schema }).collection(items({}));
    expect(await codeOf(collection.put("a", 1))).toBe("CONFIG_INVALID");
  });

  it("of a newer layout are left alone", async () => {
    const schema = stores.nextSchema();
    await stores.open([], { schema }).collection(items({})).put("a", 1);
    await stores.database.query(
      `INSERT INTO ${schema}._cutover_schema_version VALUES (99, 'later')`,
    );
    const collection = stores.open([], { schema }).collection(items({}));
    expect(await codeOf(collection.get("a"))).toBe("FORMAT_TOO_NEW");
  });

  it("of an older layout are brought up to date by the next that opens them", async () => {
    const schema = stores.nextSchema();
    await stores.open([], { schema }).collection(items({})).put("a", 1);
    const { database } = stores;
    await database.query(`DROP FUNCTION ${schema}._cutover_signed(text, bigint)`);
    await database.query(`DROP FUNCTION ${schema}."items$put"`);
    await database.query(`UPDATE ${schema}._cutover_schema_version SET version = 1`);
    const collection = stores.open([], { schema }).collection(items({}));
    expect(await collection.get("a")).toBe(1);
    await collection.put("a", 2);
    expect(await collection.get("a")).toBe(2);
    const functions = `SELECT count(*)::integer AS there FROM pg_proc WHERE pronamespace = '${schema}'::regnamespace AND proname = 'items$put'`;
    expect(await database.query(functions)).toEqual([{ there: 1 }]);
  });

  it.each(testedEngines)("hold no number that a record cannot, %s", async (_what, engine) => {
    const schema = stores.nextSchema();
    const counts = defineCollection<{ n: number }>({ name: "counts", fields: { n: integer() } });
    const collection = stores.open([], { schema, engine }).collection(counts);
    await collection.put("a", { n: Number.MAX_SAFE_INTEGER });
    const written = (n: string): Promise<unknown> =>
      stores.database.query(`UPDATE ${schema}.counts SET n = ${n}`);
    await expect(written("9007199254740992")).rejects.toThrow(/check constraint/);
    await written("-9007199254740991");
    expect(await collection.get("a")).toEqual({ n: -Number.MAX_SAFE_INTEGER });
  });

  it("of a layout that checked numbers by column are written to and go through a change", async () => {
    const schema = stores.nextSchema();
    type Counts = { n: number; m?: number };
    const before = defineCollection<Counts>({ name: "counts", fields: { n: integer() } });
    await stores.open([], { schema }).collection(before).put("a", { n: 1, m: 2 });
    const { database } = stores;
    await database.query(`ALTER TABLE ${schema}.counts ALTER n TYPE bigint`);
    await database.query(`ALTER TABLE ${schema}.counts ADD CHECK (n BETWEEN -1000 AND 1000)`);
    await database.query(`DROP DOMAIN ${schema}._cutover_whole`);
    await database.query(`UPDATE ${schema}._cutover_schema_version SET version = 4`);
    const same = stores.open([], { schema }).collection(before);
    await same.put("b", { n: 3 });
    const after = defineCollection<Counts>({
      name: "counts",
      fields: { n: integer(), m: integer() },
    });
    const changed = stores.open([], { schema }).collection(after);
    await changed.put("c", { n: 5000, m: 4 });
    expect(await changed.find({ where: { m: { gte: 2 } } })).toEqual([
      { key: "a", value: { n: 1, m: 2 } },
      { key: "c", value: { n: 5000, m: 4 } },
    ]);
  });

  it("are written to where the function that puts a record was removed", async () => {
    const schema = stores.nextSchema();
    const collection = stores.open([], { schema }).collection(items({}));
    await collection.put("a", 1);
    await stores.database.query(`DROP FUNCTION ${schema}."items$put"`);
    await collection.put("a", 2);
    await collection.put("b", 3);
    expect(await collection.getMany(["a", "b"])).toEqual(
      new Map([
        ["a", 2],
        ["b", 3],
      ]),
    );
  });

  it("may have more columns than a function takes arguments", async () => {
    const members = Array.from({ length: 120 }, (_, index) => `m${index}`);
    const wide = defineCollection<Record<string, string>>({
      name: "wide",
      fields: Object.fromEntries(members.map((member) => [member, text()])),
    });
    const collection = stores.open([]).collection(wide);
    const value = Object.fromEntries(members.map((member) => [member, `of ${member}`]));
    for (const m119 of ["first", "second", "second"]) await collection.put("a", { ...value, m119 });
    expect(await collection.get("a")).toEqual({ ...value, m119: "second" });
  });

  it("can be read and written with plain SQL", async () => {
    const schema = stores.nextSchema();
    const collection = stores.open([], { schema }).collection(models);
    await collection.put("a", {
      title: "One word",
      sizeBytes: 5,
      rating: 0.5,
      enabled: true,
      addedAt: "2026-01-01T00:00:00Z",
      seenAt: 1_767_225_600_000,
      tags: ["x"],
      other: null,
    });
    const { database } = stores;
    const [row] = await database.query(
      `SELECT key, title, size_bytes, rating, enabled, added_at, seen_at, tags::json -> 0 AS tag, _rest FROM ${schema}.models`,
    );
    expect(row).toEqual({
      key: "a",
      title: "One word",
      size_bytes: "5",
      rating: 0.5,
      enabled: true,
      added_at: "2026-01-01T00:00:00Z",
      seen_at: 1_767_225_600_000,
      tag: "x",
      _rest: '{"members":{"other":null}}',
    });
    await database.query(`UPDATE ${schema}.models SET title = 'Two words', size_bytes = 6`);
    await database.query(`INSERT INTO ${schema}.models (key, title) VALUES ('b', 'Words of SQL')`);
    expect(await collection.get("a")).toMatchObject({ title: "Two words", sizeBytes: 6 });
    expect((await collection.search("words")).map(({ key }) => key)).toEqual(["a", "b"]);
    expect(await collection.search("one")).toEqual([]);
  });

  it("keep long names apart", async () => {
    const name = "n".repeat(63);
    const column = "c".repeat(62);
    const fields = {
      one: text({ column: `${column}a` }),
      two: text({ column: `${column}b` }),
    };
    const long = defineCollection({
      name,
      fields,
      indexes: ["one", "two"],
      unique: ["one", "two"],
      search: ["one"],
    });
    const collection = stores.open([]).collection(long);
    await collection.put("a", { one: "x", two: "y" });
    await collection.put("b", { one: "y", two: "x" });
    expect(await collection.find({ where: { two: "x" } })).toHaveLength(1);
    expect(await codeOf(collection.put("c", { two: "x" }))).toBe("ALREADY_EXISTS");
    expect(await collection.search("y")).toHaveLength(1);
  });

  it("are named in an error where a member's column is one of the server's own", async () => {
    const definition = items({ fields: { xmin: text() } });
    expect(await codeOf(stores.open([]).collection(definition).put("a", {}))).toBe(
      "CONFIG_INVALID",
    );
  });
});
