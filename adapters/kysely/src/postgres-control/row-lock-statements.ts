import { literal, statement, type Statement } from "../sql/statement.ts";

/** So long somebody who waits keeps newcomers away without saying so again. */
const freezing = "interval '2 seconds'";

/** Tables that locks by rows need. `freezing` names who waits for an exclusive lock, in their order. */
export const rowLockTables = (schema: string): readonly string[] => [
  `CREATE TABLE ${schema}.lock_rows (name text COLLATE "C" PRIMARY KEY)`,
  `CREATE TABLE ${schema}.lock_holders (name text COLLATE "C" PRIMARY KEY, holder text)`,
  `CREATE TABLE ${schema}.freezing (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL
  )`,
];

/** Statements about locks by rows, of which all but the locks themselves are committed at once. */
export interface RowLockStatements {
  /** [name] */
  readonly addRow: Statement;
  readonly addHolder: Statement;
  /** Whether somebody waits before a place; no row where the store is gone. [name, place, incarnation] */
  readonly look: Statement;
  /** [name, holder] */
  readonly claim: Statement;
  /** After a lock is free, nobody who held it may commit. [name] */
  readonly depose: Statement;
  /** [name] @returns the place */
  readonly freeze: Statement;
  /** [place] */
  readonly refreeze: Statement;
  /** Also of those who died long ago. [place] */
  readonly thaw: Statement;
  /** Takes the lock in a transaction of its own, which stays open, also where that fails. */
  lock(name: string, how: "SHARE" | "UPDATE", waitMs: number): string;
}

/** The statements for the tables in a schema. */
export function rowLockStatements(schema: string): RowLockStatements {
  const add = (table: string): Statement =>
    statement(`INSERT INTO ${schema}.${table} (name) VALUES ($1) ON CONFLICT DO NOTHING`);
  return {
    addRow: add("lock_rows"),
    addHolder: add("lock_holders"),
    look: statement(
      `SELECT EXISTS (SELECT FROM ${schema}.freezing WHERE name = $1 AND place < $2 AND until > now())
       FROM ${schema}.state WHERE incarnation = $3`,
    ),
    claim: statement(`UPDATE ${schema}.lock_holders SET holder = $2 WHERE name = $1`),
    depose: statement(
      `UPDATE ${schema}.lock_holders SET holder = NULL WHERE name = $1 AND holder IS NOT NULL`,
    ),
    freeze: statement(
      `INSERT INTO ${schema}.freezing (name, until) VALUES ($1, now() + ${freezing}) RETURNING place`,
    ),
    refreeze: statement(
      `UPDATE ${schema}.freezing SET until = now() + ${freezing} WHERE place = $1`,
    ),
    thaw: statement(
      `DELETE FROM ${schema}.freezing WHERE place = $1 OR until < now() - interval '1 hour'`,
    ),
    lock: (name, how, waitMs) => {
      // A wait of 0 would be for ever.
      const wait = waitMs > 0 ? ["", `SET LOCAL lock_timeout = ${waitMs}; `] : [" NOWAIT", ""];
      return (
        `BEGIN; ${wait[1]}` +
        `SELECT FROM ${schema}.lock_rows WHERE name = ${literal(name)} FOR ${how}${wait[0]}`
      );
    },
  };
}
