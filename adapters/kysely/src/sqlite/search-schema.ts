import { ownColumns, type TableLayout } from "../layout/table-layout.ts";
import { quote } from "../sql/statement.ts";
import { searchTable } from "./sqlite-dialect.ts";
import type { IndexPlan } from "./schema-compiler.ts";

const position = quote(ownColumns.position);
const tokens = quote(ownColumns.search);

function triggers(layout: TableLayout): string[] {
  const table = quote(layout.name);
  const index = quote(searchTable(layout.name));
  const name = (what: string): string => quote(`${layout.name}$search$${what}`);
  const forget =
    `INSERT INTO ${index} (${index}, rowid, ${tokens}) ` +
    `SELECT 'delete', old.${position}, old.${tokens} WHERE old.${tokens} IS NOT NULL`;
  const learn =
    `INSERT INTO ${index} (rowid, ${tokens}) ` +
    `SELECT new.${position}, new.${tokens} WHERE new.${tokens} IS NOT NULL`;
  const changed = `old.${tokens} IS NOT new.${tokens} OR old.${position} IS NOT new.${position}`;
  const columns = layout.definition.search.map((field) => layout.slotOf.get(field.member)?.column);
  const searched = columns.filter((column) => column !== undefined);
  const edited = searched.map((column) => `old.${quote(column)} IS NOT new.${quote(column)}`);
  return [
    `CREATE TRIGGER ${name("inserted")} AFTER INSERT ON ${table} WHEN new.${tokens} IS NOT NULL BEGIN ${learn}; END`,
    `CREATE TRIGGER ${name("deleted")} AFTER DELETE ON ${table} WHEN old.${tokens} IS NOT NULL BEGIN ${forget}; END`,
    `CREATE TRIGGER ${name("changed")} AFTER UPDATE OF ${tokens}, ${position} ON ${table} ` +
      `WHEN ${changed} BEGIN ${forget}; ${learn}; END`,
    // Somebody with a shell cannot tokenise; the next search does it for them.
    `CREATE TRIGGER ${name("edited")} AFTER UPDATE OF ${searched.map(quote).join(", ")} ON ${table} ` +
      `WHEN old.${tokens} IS new.${tokens} AND (${edited.join(" OR ")}) ` +
      `BEGIN UPDATE ${table} SET ${tokens} = NULL WHERE ${position} = new.${position}; END`,
  ];
}

/** Finds rows that wait to be tokenised. */
export function untokenisedIndex(layout: TableLayout): IndexPlan {
  const name = `${layout.name}$untokenised`;
  return {
    name,
    sql: `CREATE INDEX ${quote(name)} ON ${quote(layout.name)} (${position}) WHERE ${tokens} IS NULL`,
  };
}

/**
 * The full-text index over the tokens that core cut, which SQLite splits at spaces and otherwise
 * leaves alone, and the triggers that keep it. They call no function that a plain shell lacks.
 */
export function searchSchema(layout: TableLayout): string[] {
  const index = quote(searchTable(layout.name));
  return [
    `CREATE VIRTUAL TABLE ${index} USING fts5(${tokens}, content=${quote(layout.name)}, ` +
      `content_rowid=${position}, tokenize='ascii')`,
    `INSERT INTO ${index} (${index}) VALUES ('rebuild')`,
    ...triggers(layout),
  ];
}
