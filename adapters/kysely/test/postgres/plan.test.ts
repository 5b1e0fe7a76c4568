import {
  compileFilter,
  defineCollection,
  integer,
  text,
  timestamp,
  type OrderTerm,
  type Selection,
} from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SqlTable } from "../../src/driver/sql-table.ts";
import { numbered } from "../../src/postgres/numbered.ts";
import { engines } from "../../src/postgres/engine.ts";
import { postgresDialect } from "../../src/postgres/postgres-dialect.ts";
import { selectQuery } from "../../src/sql/select.ts";
import { statement } from "../../src/sql/statement.ts";
import { TestStores } from "./test-store.ts";

const files = defineCollection({
  name: "files",
  fields: { source: text(), size: integer(), until: timestamp({ as: "iso-utc" }) },
  indexes: ["source", ["size", "source"]],
  search: ["source"],
  expiry: "until",
});
const key: OrderTerm["field"] = { member: "$key", column: "", kind: "text" };

function term(member: string, descending: boolean): OrderTerm {
  return { field: files.fields.get(member) ?? key, descending };
}

const where = (filter: unknown): Partial<Selection> => ({
  predicate: compileFilter(files, filter),
});

describePostgres("how a real server carries out a query", () => {
  let stores: TestStores;
  const table = new SqlTable(files, postgresDialect("store1", engines.postgresql.capabilities));
  beforeAll(async () => {
    stores = await TestStores.begin({ order: "language" });
    const store = stores.open([files], { schema: "store1" });
    const entries = Array.from({ length: 5000 }, (_, index) => {
      const until = new Date(Date.UTC(2126, 0, 1) + index * 1000).toISOString();
      return [`k${index}`, { source: `s${index % 500}`, size: index, until }] as const;
    });
    await store.collection(files).putMany(entries);
    await stores.database.query("VACUUM ANALYZE store1.files");
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  /** For whatever values: a statement is prepared once. */
  async function planOfSql(sql: string): Promise<string> {
    const { text: numberedSql } = numbered(statement(sql));
    const rows = await stores.database.query(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${numberedSql}`);
    return rows.map((row) => String(row["QUERY PLAN"])).join("\n");
  }

  async function planOf(part: Partial<Selection>): Promise<string> {
    const selection: Selection = {
      predicate: undefined,
      search: undefined,
      order: "collection",
      after: undefined,
      limit: undefined,
      nowMs: 0,
      ...part,
    };
    const query = selectQuery(selection, table);
    if (query === undefined) throw new Error("no query");
    return planOfSql(query.build());
  }

  it.each([
    ["eq", { source: "s7" }, "files$index$source"],
    ["startsWith", { source: { startsWith: "s19" } }, "files$index$source"],
    ["in", { source: { in: ["s7"] } }, "files$index$source"],
    ["range", { size: { gte: 5, lt: 9 } }, "files$index$size$source"],
    ["key", { $key: "k1" }, "files$key"],
    ["keys", { $key: { in: ["k1", "k2"] } }, "files$key"],
    ["and", { size: 5, source: "s7" }, "files$index$size$source"],
  ])("%s is looked up in the index, whatever the locale", async (_name, filter, index) => {
    const plan = await planOf(where(filter));
    expect(plan).toContain(index);
    expect(plan).toContain("Index Cond");
    expect(plan).not.toContain("Seq Scan");
  });

  it.each([
    ["ascending", false, ["s7", "k507"]],
    ["descending", true, ["s7", "k507"]],
    ["from the nulls on", false, [null, "k500"]],
    ["from the beginning", false, undefined],
  ])(
    "a page ordered by an indexed member is a range of the index, %s, and nothing is sorted",
    async (_name, descending, after) => {
      const order = [term("source", descending), term("$key", descending)];
      const plan = await planOf({ order, after, limit: 10 });
      expect(plan).toContain("files$index$source");
      expect(plan).not.toContain("Seq Scan");
      expect(plan).not.toContain("Sort");
    },
  );

  it("a search is looked up in its index", async () => {
    const plan = await planOf({ search: { tokens: ["s7"], prefix: true } });
    expect(plan).toContain("files$search");
    expect(plan).not.toContain("Seq Scan");
  });

  it("what has expired is found by its index", async () => {
    const { removeExpired } = table.statements;
    expect(await planOfSql(removeExpired?.sql ?? "")).toContain("files$expiry$until");
  });

  it("keys that are asked for together are looked up one by one", async () => {
    expect(await planOfSql(table.statements.getMany.sql)).toContain("files$key");
  });
});
