import type { Selection } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SqlTable } from "../../src/driver/sql-table.ts";
import { numbered } from "../../src/postgres/numbered.ts";
import { engines } from "../../src/postgres/engine.ts";
import { postgresDialect } from "../../src/postgres/postgres-dialect.ts";
import { statement } from "../../src/sql/statement.ts";
import { bySource, cursors, files, lookups, queryOf, someFiles, where } from "../planned-files.ts";
import { TestStores } from "./test-store.ts";

describePostgres("how a real server carries out a query", () => {
  let stores: TestStores;
  const table = new SqlTable(files, postgresDialect("store1", engines.postgresql.capabilities));
  beforeAll(async () => {
    stores = await TestStores.begin({ order: "language" });
    const store = stores.open([files], { schema: "store1" });
    await store.collection(files).putMany(someFiles(5000));
    await stores.database.query("VACUUM ANALYZE store1.files");
  });
  afterAll(() => stores[Symbol.asyncDispose]());

  /** For whatever values: a statement is prepared once. */
  async function planOfSql(sql: string): Promise<string> {
    const { text: numberedSql } = numbered(statement(sql));
    const rows = await stores.database.query(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${numberedSql}`);
    return rows.map((row) => String(row["QUERY PLAN"])).join("\n");
  }

  const planOf = (part: Partial<Selection>): Promise<string> =>
    planOfSql(queryOf(part, table).build());

  it.each(lookups)(
    "%s is looked up in the index, whatever the locale",
    async (_name, filter, index) => {
      const plan = await planOf(where(filter));
      expect(plan).toContain(index);
      expect(plan).toContain("Index Cond");
      expect(plan).not.toContain("Seq Scan");
    },
  );

  it.each([...cursors, ["from the beginning", false, undefined] as const])(
    "a page ordered by an indexed member is a range of the index, %s, and nothing is sorted",
    async (_name, descending, after) => {
      const plan = await planOf({ order: bySource(descending), after, limit: 10 });
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
