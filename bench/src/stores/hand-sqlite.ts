import type { BenchmarkRecord } from "@cutover/fixtures";
import Database from "better-sqlite3";
import { handCells, handColumns, handRecord, type HandRow } from "./hand-record.ts";
import type { ModelEntry } from "./models.ts";
import { openDurable } from "./raw-sqlite.ts";

/** How tables call what {@link HandSqlite} does. */
export const byHand = "our table by hand";

interface HandEntry {
  readonly key: string;
  readonly value: BenchmarkRecord;
}

type Prepared<P extends unknown[]> = Database.Statement<P, HandRow>;

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
const cells = quoted(handColumns);
const assigned = (names: readonly string[]): string =>
  names.map((name) => `"${name}" = excluded."${name}"`).join(", ");
const changing = handColumns.filter((name) => name !== "filename");
const unindexed = changing.filter((name) => name !== "hf_repo");
const insertSql = `INSERT INTO models (${cells}) VALUES (${handColumns.map(() => "?").join(", ")})`;
const upsertSql = `${insertSql} ON CONFLICT ("filename") DO UPDATE SET`;
/** A record whose indexed cell stays is written without looking what differs. */
const narrowSql = `${upsertSql} ${assigned(unindexed)} WHERE models.hf_repo IS excluded.hf_repo`;
const wholeSql = `${upsertSql} ${assigned(changing)}`;

/** The entry of a row that was found: the caller gets key and record. */
const entryOf = (row: HandRow): HandEntry => ({
  key: row[16],
  value: handRecord(row[16], row),
});

/**
 * Nothing one would use: our own table, read and written by hand as tightly as it goes. What it
 * leaves out is what another design of the library could leave out too: checks of keys, errors
 * explained, any other table or query. What it keeps is what the contract asks for: a promise, a
 * record as it was put, a value checked and copied at the call, one durable commit.
 */
export class HandSqlite {
  readonly #database: Database.Database;

  constructor(path: string) {
    this.#database = openDurable(path);
  }

  /** The same in a copy of a database, page by page, to be written to. */
  static async copyOf(path: string, copy: string): Promise<HandSqlite> {
    const source = new Database(path, { readonly: true });
    await source.backup(copy);
    source.close();
    return new HandSqlite(copy);
  }

  #rows<P extends unknown[]>(sql: string): Prepared<P> {
    return this.#database.prepare<P, HandRow>(sql).raw();
  }

  get(): (key: string) => Promise<BenchmarkRecord | undefined> {
    const columns = quoted(handColumns.slice(0, -1));
    const byKey = this.#rows<[string]>(`SELECT ${columns} FROM models WHERE filename = ?`);
    return async (key) => {
      const row = byKey.get(key);
      return row === undefined ? undefined : handRecord(key, row);
    };
  }

  find(): (repo: string) => Promise<HandEntry[]> {
    // The sign keeps SQLite from planning anew for each value where somebody ran ANALYZE. Few rows
    // are put in their order sooner here than there.
    const placed = `${cells}, "_position"`;
    const byRepo = this.#rows<[string]>(`SELECT ${placed} FROM models WHERE hf_repo = +?`);
    return async (repo) => {
      const rows = byRepo.all(repo);
      if (rows.length > 1) rows.sort((one, other) => (one[17] ?? 0) - (other[17] ?? 0));
      return rows.map(entryOf);
    };
  }

  search(limit: number): (word: string) => Promise<HandEntry[]> {
    const hits = this.#rows<[string]>(
      `SELECT ${cells} FROM "models$search" AS hit CROSS JOIN models ON "_position" = hit.rowid ` +
        `WHERE hit."models$search" MATCH ? ORDER BY hit.rowid LIMIT ${limit}`,
    );
    return async (word) => hits.all(`"${word}"`).map(entryOf);
  }

  page(limit: number): (after: string) => Promise<HandEntry[]> {
    const page = this.#rows<[string]>(
      `SELECT ${cells} FROM models WHERE filename > ? ORDER BY filename LIMIT ${limit}`,
    );
    return async (after) => page.all(after).map(entryOf);
  }

  /** Writes rows that are ready: what SQLite alone takes. */
  writeRows(): (rows: readonly HandRow[]) => void {
    const narrow = this.#database.prepare<[...HandRow]>(narrowSql);
    const whole = this.#database.prepare<[...HandRow]>(wholeSql);
    return this.#database.transaction((rows: readonly HandRow[]) => {
      for (const row of rows) if (narrow.run(...row).changes === 0) whole.run(...row);
    });
  }

  putMany(): (entries: readonly ModelEntry[]) => Promise<void> {
    const write = this.writeRows();
    return async (entries) => write(entries.map(([key, value]) => handCells(key, value)));
  }

  clear(): void {
    this.#database.exec("DELETE FROM models");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }
}
