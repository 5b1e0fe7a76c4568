import { closeSync, fsyncSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { cellsOf, createIndex, createTable, insertSql } from "../stores/raw-sqlite.ts";

/**
 * The fastest known way into a new file: no journal (an unfinished file is thrown away), one
 * transaction, a prepared insert, the index last, and one fsync at the end.
 */
export class RawLoad {
  readonly #path: string;
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  records = 0;

  constructor(path: string) {
    this.#path = path;
    this.#database = new Database(path);
    this.#database.pragma("journal_mode = OFF");
    this.#database.pragma("synchronous = OFF");
    this.#database.exec(createTable);
    this.#insert = this.#database.prepare(insertSql);
    this.#database.exec("BEGIN");
  }

  add(value: BenchmarkRecord): void {
    this.#insert.run(cellsOf(value));
    this.records++;
  }

  finish(): void {
    this.#database.exec(createIndex);
    this.#database.exec("COMMIT");
    this.#database.close();
    const file = openSync(this.#path, "r+");
    fsyncSync(file);
    closeSync(file);
  }
}
