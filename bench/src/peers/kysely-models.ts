import type { BenchmarkRecord } from "@cutover/fixtures";
import type Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import type { ModelRow } from "../stores/raw-sqlite.ts";

/** The tables as Kysely knows them. */
export interface ModelTables {
  readonly models: ModelRow;
}

/** Kysely as its manual sets it up. */
export function stockKysely(database: Database.Database): Kysely<ModelTables> {
  return new Kysely<ModelTables>({ dialect: new SqliteDialect({ database }) });
}

/** A row as Kysely takes it. */
export function rowOf(value: BenchmarkRecord): ModelRow {
  return {
    ...value,
    from_download: value.from_download ? 1 : 0,
    tags: JSON.stringify(value.tags),
  };
}

/** The upsert of a record, as one writes it with Kysely. */
export async function kyselyUpsert(db: Kysely<ModelTables>, value: BenchmarkRecord): Promise<void> {
  const { filename, ...rest } = rowOf(value);
  await db
    .insertInto("models")
    .values({ filename, ...rest })
    .onConflict((conflict) => conflict.column("filename").doUpdateSet(rest))
    .execute();
}
