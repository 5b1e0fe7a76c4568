import type Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { eq, sql } from "drizzle-orm";
import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { BenchmarkRecord } from "@cutover/fixtures";

function table() {
  return sqliteTable("models", {
    filename: text().primaryKey().notNull(),
    url: text().notNull(),
    url_source: text().notNull(),
    source: text().notNull(),
    hf_repo: text().notNull(),
    hf_path: text().notNull(),
    model_type: text().notNull(),
    directory: text().notNull(),
    path: text().notNull(),
    description: text().notNull(),
    cached_at: text().notNull(),
    scanned_at: text().notNull(),
    size_bytes: integer().notNull(),
    rating: real().notNull(),
    from_download: integer({ mode: "boolean" }).notNull(),
    tags: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  });
}

/** What the rows ask of drizzle; all through prepared queries, as its manual advises. */
export interface DrizzleModels {
  readonly get: (key: string) => BenchmarkRecord | undefined;
  readonly byRepo: (repo: string) => BenchmarkRecord[];
}

/** Drizzle with its prepared queries. */
export function drizzleModels(database: Database.Database): DrizzleModels {
  const models = table();
  const db = drizzle(database);
  const get = db
    .select()
    .from(models)
    .where(eq(models.filename, sql.placeholder("key")))
    .prepare();
  const byRepo = db
    .select()
    .from(models)
    .where(eq(models.hf_repo, sql.placeholder("repo")))
    .prepare();
  return { get: (key) => get.get({ key }), byRepo: (repo) => byRepo.all({ repo }) };
}
