import { searchText } from "@cutover/core";
import type { SqlSession } from "./sql-session.ts";
import type { SqlTable } from "./sql-table.ts";
import { ownColumns } from "../layout/table-layout.ts";
import { quote, quoteAll, type Statement } from "../sql/statement.ts";

const batchRows = 500;
const position = quote(ownColumns.position);
const tokens = quote(ownColumns.search);

function findUntokenised(table: SqlTable): Statement {
  return table.shapes.of(
    "untokenised",
    () =>
      `SELECT ${quoteAll([...table.layout.columns, ownColumns.position])} FROM ${table.dialect.table(table.name)} ` +
      `WHERE ${tokens} IS NULL LIMIT ${batchRows}`,
  );
}

function saveTokens(table: SqlTable): Statement {
  return table.shapes.of(
    "tokens",
    () => `UPDATE ${table.dialect.table(table.name)} SET ${tokens} = ? WHERE ${position} = ?`,
  );
}

/** True when somebody has written records without being able to tokenise them. */
export async function hasUntokenised(session: SqlSession, table: SqlTable): Promise<boolean> {
  const any = table.shapes.of(
    "any untokenised",
    () => `SELECT 1 FROM ${table.dialect.table(table.name)} WHERE ${tokens} IS NULL LIMIT 1`,
  );
  return (await session.get(any, [])) !== undefined;
}

/** Tokenises those records. To be called inside a write transaction. */
export async function tokeniseAll(session: SqlSession, table: SqlTable): Promise<number> {
  let count = 0;
  let rows = await session.all(findUntokenised(table), []);
  while (rows.length > 0) {
    for (const row of rows) {
      const text = searchText(table.definition, table.codec.decode(row));
      await session.run(saveTokens(table), [text, row.at(-1) ?? null]);
    }
    count += rows.length;
    rows = await session.all(findUntokenised(table), []);
  }
  return count;
}
