import type { Selection } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SqlTable } from "../src/driver/sql-table.ts";
import { sqliteDialect } from "../src/sqlite/sqlite-dialect.ts";
import { Folder } from "./folder.ts";
import { bySource, cursors, files, lookups, queryOf, someFiles, where } from "./planned-files.ts";

const table = new SqlTable(files, sqliteDialect);
let folder: Folder;
let database: Database.Database;

beforeAll(async () => {
  folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  await storage.collection(files).putMany(someFiles(2000));
  database = new Database(folder.file());
});

afterAll(() => {
  database.close();
  folder[Symbol.dispose]();
});

function planOf(part: Partial<Selection>): string {
  const query = queryOf(part, table);
  const rows = database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query.build()}`)
    .all(...query.parameters);
  return rows.map((row) => row.detail).join("; ");
}

test.each(lookups)("%s searches the index, before ANALYZE and after", (_name, filter, index) => {
  const wanted = `SEARCH files USING INDEX ${index}`;
  database.exec("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4");
  expect(planOf(where(filter))).toContain(wanted);
  database.exec("ANALYZE");
  expect(planOf(where(filter))).toContain(wanted);
});

test.each(cursors)(
  "a page ordered by an indexed field is a range of the index, %s, and nothing is sorted",
  (_name, descending, after) => {
    const plan = planOf({ order: bySource(descending), after, limit: 10 });
    expect(plan).toContain("SEARCH files USING INDEX files$index$source");
    expect(plan).not.toContain("SCAN files");
    expect(plan).not.toContain("TEMP B-TREE");
  },
);

test("the first hits of a search are read in their order, and no others", () => {
  const plan = planOf({ search: { tokens: ["s7"], prefix: false }, limit: 10 });
  expect(plan).toContain("SCAN files$search VIRTUAL TABLE");
  expect(plan).not.toContain("TEMP B-TREE");
  expect(plan).not.toContain("LIST SUBQUERY");
});

test("what has expired is found by its index", () => {
  const { removeExpired } = table.statements;
  const plan = database
    .prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN ${removeExpired?.sql ?? ""}`)
    .all("2026");
  expect(plan.map((row) => row.detail).join()).toContain("files$expiry$until");
});

const shapeOf = (filter: unknown): string => queryOf({ ...where(filter), limit: 5 }, table).shape;

test("a statement is prepared for the shape of a query, not for its values", () => {
  expect(shapeOf({ source: "a", size: { in: [1] } })).toBe(
    shapeOf({ source: "b", size: { in: [1, 2] } }),
  );
  expect(shapeOf({ source: "a" })).not.toBe(shapeOf({ source: { gt: "a" } }));
  expect(shapeOf({ source: { startsWith: "a" } })).not.toBe(
    shapeOf({ source: { startsWith: "" } }),
  );
});
