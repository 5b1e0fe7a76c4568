import type { SqlSession } from "../driver/sql-session.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { quote, statement } from "../sql/statement.ts";

/**
 * How many bytes all records take as text, for engines that do not tell how large a database is. It
 * reads every record.
 */
export async function textSize(session: SqlSession, tables: Iterable<SqlTable>): Promise<number> {
  let bytes = 0;
  for (const table of tables) {
    const { layout, dialect } = table;
    const sizes = layout.columns.map((it) => `coalesce(octet_length(${quote(it)}::text), 0)`);
    const sum = `SELECT coalesce(sum(${sizes.join(" + ")}), 0) FROM ${dialect.table(table.name)}`;
    const [found] = (await session.get(statement(sum), [])) ?? [];
    bytes += Number(found);
  }
  return bytes;
}
