import { randomUUID } from "node:crypto";
import { StorageError } from "@cutover/core";
import type { NativeSession } from "../sqlite/native-session.ts";
import { statement } from "../sql/statement.ts";

/** Marks a file as a control store: "CUTC". */
const applicationId = 0x43555443;
/** The layout this code writes. Newer ones are left alone. */
const layoutVersion = 1;

/**
 * Everything in a mark's key is text, and `whole` alone tells a mark of the whole collection from
 * one of the empty key. `counted_from`: writers whose mark is older were taken for dead.
 */
const tables = [
  `CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    last_mark INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE records (
    name TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    unit TEXT NOT NULL,
    actor TEXT NOT NULL,
    details TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE marks (
    place INTEGER PRIMARY KEY,
    unit TEXT NOT NULL,
    collection TEXT NOT NULL,
    whole INTEGER NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    writers INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    counted_from INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    UNIQUE (unit, collection, whole, key)
  ) STRICT`,
  `CREATE TABLE notes (
    place INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (topic, key)
  ) STRICT`,
].map(statement);

const addState = statement("INSERT INTO state VALUES (1, ?, 1, 0)");
const getApplication = statement("PRAGMA application_id");
const getLayout = statement("PRAGMA user_version");
const countTables = statement("SELECT count(*) FROM sqlite_master");
const setApplication = statement(`PRAGMA application_id = ${applicationId}`);
const setLayout = statement(`PRAGMA user_version = ${layoutVersion}`);

/**
 * Looks, without changing anything, whose database this is.
 *
 * @returns false for an empty one, which is still to be made
 * @throws StorageError CONFIG_INVALID, FORMAT_TOO_NEW
 */
export function checkControlSchema(session: NativeSession, location: string): boolean {
  const application = Number(session.get(getApplication, [])?.[0]);
  const layout = Number(session.get(getLayout, [])?.[0]);
  if (application === 0 && layout === 0 && session.get(countTables, [])?.[0] === 0) return false;
  if (application !== applicationId) {
    throw new StorageError(
      "CONFIG_INVALID",
      `${location} is a database, but no control store; choose another path for the control store`,
    );
  }
  if (layout <= layoutVersion) return true;
  throw new StorageError(
    "FORMAT_TOO_NEW",
    `${location} has layout ${layout}, this program knows ${layoutVersion}; upgrade it`,
  );
}

/** Makes the tables of a new control store. To be called inside a write transaction. */
export function createControlSchema(session: NativeSession): void {
  for (const table of tables) session.run(table, []);
  session.run(addState, [randomUUID()]);
  session.run(setApplication, []);
  session.run(setLayout, []);
}
