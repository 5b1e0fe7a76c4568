import { openRawDatabase } from "../migration/raw-database.ts";

/** Tables that this program, or SQLite, keeps for itself. */
const ownTable =
  /^(_cutover_.*|sqlite_.*|schema_version|.*_fts_(config|data|docsize|idx|content))$/;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether a database has no record of anybody. What cannot be read as a database is not empty. */
export function isEmptyDatabase(path: string): boolean {
  try {
    const database = openRawDatabase(path);
    try {
      // What a search index consists of is listed as shadows.
      const list = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'";
      const names = database.prepare(list).pluck(true).all().map(String);
      return names
        .filter((name) => !ownTable.test(name))
        .every((name) => {
          const first = `SELECT 1 FROM ${quoted(name)} LIMIT 1`;
          return database.prepare(first).pluck(true).all().length === 0;
        });
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}
