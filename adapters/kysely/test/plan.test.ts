import {
  compileFilter,
  defineCollection,
  integer,
  text,
  timestamp,
  type OrderTerm,
  type Selection,
} from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SqlTable } from "../src/driver/sql-table.ts";
import { selectQuery } from "../src/sql/select.ts";
import { sqliteDialect } from "../src/sqlite/sqlite-dialect.ts";
import { Folder } from "./folder.ts";

const files = defineCollection({
  name: "files",
  fields: { source: text(), size: integer(), until: timestamp({ as: "iso-utc" }) },
  indexes: ["source", ["size", "source"]],
  search: ["source"],
  expiry: "until",
});

let folder: Folder;
let database: Database.Database;

beforeAll(async () => {
  folder = new Folder();
  await using storage = sqliteBackend({ path: folder.file() });
  const entries = Array.from({ length: 2000 }, (_, index) => {
    const until = new Date(Date.UTC(2126, 0, 1) + index * 1000).toISOString();
    return [`k${index}`, { source: `s${index % 200}`, size: index, until }] as const;
  });
  await storage.collection(files).putMany(entries);
  database = new Database(folder.file());
});

afterAll(() => {
  database.close();
  folder[Symbol.dispose]();
});

const key: OrderTerm["field"] = { member: "$key", column: "", kind: "text" };

function term(member: string, descending: boolean): OrderTerm {
  return { field: files.fields.get(member) ?? key, descending };
}

function planOf(part: Partial<Selection>): string {
  const selection: Selection = {
    predicate: undefined,
    search: undefined,
    order: "collection",
    after: undefined,
    limit: undefined,
    nowMs: 0,
    ...part,
  };
  const query = selectQuery(selection, new SqlTable(files, sqliteDialect));
  if (query === undefined) throw new Error("no query");
  const rows = database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query.build()}`)
    .all(...query.parameters);
  return rows.map((row) => row.detail).join("; ");
}

const where = (filter: unknown): Partial<Selection> => ({
  predicate: compileFilter(files, filter),
});

test.each([
  ["eq", { source: "s7" }, "files$index$source"],
  ["startsWith", { source: { startsWith: "s19" } }, "files$index$source"],
  ["in", { source: { in: ["s7"] } }, "files$index$source"],
  ["range", { size: { gte: 5, lt: 9 } }, "files$index$size$source"],
  ["key", { $key: "k1" }, "files$key"],
  ["keys", { $key: { in: ["k1", "k2"] } }, "files$key"],
  ["and", { size: 5, source: "s7" }, "files$index$size$source"],
])("%s searches the index, before ANALYZE and after", (_name, filter, index) => {
  const wanted = `SEARCH files USING INDEX ${index}`;
  database.exec("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4");
  expect(planOf(where(filter))).toContain(wanted);
  database.exec("ANALYZE");
  expect(planOf(where(filter))).toContain(wanted);
});

test.each([
  ["ascending", false, ["s7", "k507"]],
  ["descending", true, ["s7", "k507"]],
  ["from the nulls on", false, [null, "k500"]],
])(
  "a page ordered by an indexed field is a range of the index, %s, and nothing is sorted",
  (_name, descending, after) => {
    const order = [term("source", descending), term("$key", descending)];
    const plan = planOf({ order, after, limit: 10 });
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
  const { removeExpired } = new SqlTable(files, sqliteDialect).statements;
  const plan = database
    .prepare<[string], { detail: string }>(`EXPLAIN QUERY PLAN ${removeExpired?.sql ?? ""}`)
    .all("2026");
  expect(plan.map((row) => row.detail).join()).toContain("files$expiry$until");
});

test("a statement is prepared for the shape of a query, not for its values", () => {
  const table = new SqlTable(files, sqliteDialect);
  const shapeOf = (filter: unknown): string | undefined => {
    const base = {
      search: undefined,
      order: "collection" as const,
      after: undefined,
      limit: 5,
      nowMs: 0,
    };
    return selectQuery({ ...base, predicate: compileFilter(files, filter) }, table)?.shape;
  };
  expect(shapeOf({ source: "a", size: { in: [1] } })).toBe(
    shapeOf({ source: "b", size: { in: [1, 2] } }),
  );
  expect(shapeOf({ source: "a" })).not.toBe(shapeOf({ source: { gt: "a" } }));
  expect(shapeOf({ source: { startsWith: "a" } })).not.toBe(
    shapeOf({ source: { startsWith: "" } }),
  );
});
