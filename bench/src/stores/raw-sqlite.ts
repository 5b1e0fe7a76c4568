import Database from "better-sqlite3";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { columns, type ModelEntry } from "./models.ts";

/** What one would write by hand: a column a member, prepared statements, nothing else. */
export const createTable = `CREATE TABLE models (
  filename TEXT PRIMARY KEY NOT NULL, url TEXT, url_source TEXT, source TEXT, hf_repo TEXT,
  hf_path TEXT, model_type TEXT, directory TEXT, path TEXT, description TEXT, cached_at TEXT,
  scanned_at TEXT, size_bytes INTEGER, rating REAL, from_download INTEGER, tags TEXT)`;
export const createIndex = "CREATE INDEX models_hf_repo ON models (hf_repo)";
const places = columns.map(() => "?").join(", ");
const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
export const insertSql: string = `INSERT INTO models (${columns.join(", ")}) VALUES (${places})`;
export const upsertSql: string = `${insertSql} ON CONFLICT (filename) DO UPDATE SET ${updates.join(", ")}`;

/** The pragmas of a durable database, the same for all who are measured. */
export const durablePragmas: readonly string[] = [
  "journal_mode = WAL",
  "synchronous = FULL",
  "wal_autocheckpoint = 8000",
];

/** A row as the table has it. */
export type ModelRow = Omit<BenchmarkRecord, "from_download" | "tags"> & {
  readonly from_download: number;
  readonly tags: string;
};

/** The cells of a record, in the order of the columns. */
export function cellsOf(value: BenchmarkRecord): (string | number)[] {
  return columns.map((column) => {
    const member = value[column];
    if (typeof member === "boolean") return member ? 1 : 0;
    return typeof member === "object" ? JSON.stringify(member) : member;
  });
}

/** What a row means, decoded by hand. */
export function recordOf(row: ModelRow): BenchmarkRecord {
  const tags: readonly string[] = JSON.parse(row.tags);
  return { ...row, from_download: row.from_download === 1, tags };
}

/** What `PRAGMA synchronous` says for FULL. */
const full = 2;

/** Opens a file with the durable pragmas. @throws Error when they do not read back */
export function openDurable(path: string): Database.Database {
  const database = new Database(path);
  for (const pragma of durablePragmas) database.pragma(pragma);
  const found = [
    database.pragma("journal_mode", { simple: true }),
    database.pragma("synchronous", { simple: true }),
  ];
  if (found[0] !== "wal" || found[1] !== full) {
    throw new Error(`${path} is not durable: journal mode and synchronous are ${found.join(", ")}`);
  }
  return database;
}

/** A durable database with the records in it. */
export function rawDatabase(path: string, entries: readonly ModelEntry[]): Database.Database {
  const database = openDurable(path);
  database.exec(createTable);
  database.exec(createIndex);
  const insert = database.prepare(insertSql);
  database.transaction(() => {
    for (const [, value] of entries) insert.run(cellsOf(value));
  })();
  database.pragma("wal_checkpoint(TRUNCATE)");
  return database;
}
