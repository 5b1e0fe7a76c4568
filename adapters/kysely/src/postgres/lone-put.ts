import type { WriteOperation } from "@cutover/core";
import type { ExpressRequest } from "../driver/express.ts";
import type { SqlTable } from "../driver/sql-table.ts";

/** A put that nothing has to be known for. */
export interface LonePut {
  readonly operation: WriteOperation & { readonly type: "put" };
  readonly table: SqlTable;
}

/**
 * What nearly every shot is: one put of one caller, which needs no planning.
 *
 * @returns undefined where there is more, or something to look at first
 */
export function lonePut(
  requests: readonly ExpressRequest[],
  tableOf: (operation: WriteOperation) => SqlTable,
): LonePut | undefined {
  const [request] = requests;
  const [operation] = request?.operations ?? [];
  if (requests.length !== 1 || request?.operations.length !== 1) return undefined;
  if (operation?.type !== "put" || operation.insert || operation.ifVersion !== undefined)
    return undefined;
  const table = tableOf(operation);
  // Otherwise there is something to note down, or to remove.
  return table.touched && table.definition.expiry === undefined ? { operation, table } : undefined;
}
