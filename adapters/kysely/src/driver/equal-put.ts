import type { WriteOperation } from "@cutover/core";
import type { SqlValue } from "../sql/statement.ts";
import type { SqlStore } from "./sql-store.ts";
import type { SqlTable } from "./sql-table.ts";

function isSame(cells: readonly SqlValue[], stored: readonly SqlValue[]): boolean {
  return stored.every((cell, index) => cell === cells[index + 1]);
}

/**
 * True when a put would write the record that is there already, as the last commit has it: then
 * there is nothing to commit. To be asked while no write is under way, in nobody's turn.
 */
export function isEqualPut(store: SqlStore, table: SqlTable, operation: WriteOperation): boolean {
  if (operation.type !== "put" || operation.insert || operation.ifVersion !== undefined)
    return false;
  // An expired record is a new one when it is put again.
  if (!table.touched || table.definition.expiry !== undefined) return false;
  try {
    const stored = store.peek?.()?.get(table.statements.get, [operation.key]);
    if (stored === undefined) return false;
    if (!isSame(table.codec.encode(operation.key, operation.value), stored)) return false;
    // It stands for a write, which looks each time; where there is something to write, that one does.
    store.checkPresence?.({ atOnce: true });
    return true;
  } catch {
    // Whatever it is, the write runs into it too, and knows how to wait or what to say.
    return false;
  }
}
