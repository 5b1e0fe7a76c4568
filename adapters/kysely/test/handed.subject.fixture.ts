import { join } from "node:path";
import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { restoreSqlite, sqliteBackend } from "@cutover/kysely/sqlite";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { closingAfter } from "./closing-after.ts";

const openDatabase: OpenSubject = async (location, options) => {
  const database = new Database(join(location, "store.db"));
  return closingAfter(sqliteBackend({ database, ...options }), () => database.close());
};

const openKysely: OpenSubject = async (location, options) => {
  const database = new Database(join(location, "store.db"));
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) });
  return closingAfter(sqliteBackend({ kysely, ...options }), () => kysely.destroy());
};

// The second process has a file of its own to open: what is handed in cannot be sent to it.
const module = new URL("handed.subject.fixture.ts", import.meta.url);
const restore: ContractSubject["restore"] = async (backup, location) => {
  await restoreSqlite({ from: backup, to: join(location, "store.db") });
};

export { openDatabase as open };

/** A better-sqlite3 connection that the application opened. */
export const databaseSubject: ContractSubject = {
  name: "sqlite, a connection handed in",
  open: openDatabase,
  module,
  restore,
};

/** A Kysely instance of the application's. */
export const kyselySubject: ContractSubject = {
  name: "sqlite, a Kysely handed in",
  open: openKysely,
  module,
  restore,
};
