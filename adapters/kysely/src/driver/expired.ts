import type { SqlSession } from "./sql-session.ts";
import type { SqlTable } from "./sql-table.ts";
import { bindExpiry } from "../sql/expiry.ts";
import type { SqlValue } from "../sql/statement.ts";

/** Removes a table's expired records. @returns how many */
export async function removeExpiredNow(
  session: SqlSession,
  table: SqlTable,
  nowMs: number,
): Promise<number> {
  const { removeExpired } = table.statements;
  if (removeExpired === undefined) return 0;
  const parameters: SqlValue[] = [];
  bindExpiry(table, nowMs, parameters);
  return (await session.all(removeExpired, parameters)).length;
}
