import { StorageError } from "@cutover/core";
import type { SqlTable } from "../driver/sql-table.ts";

/** Every table has these, and no others may be called so. */
const systemColumns: ReadonlySet<string> = new Set([
  "tableoid",
  "xmin",
  "cmin",
  "xmax",
  "cmax",
  "ctid",
]);

/** @throws StorageError CONFIG_INVALID where a member's column would be called like one of them */
export function refuseSystemColumns({ name, layout }: SqlTable): void {
  const taken = layout.columns.find((column) => systemColumns.has(column));
  if (taken === undefined) return;
  throw new StorageError(
    "CONFIG_INVALID",
    `collection "${name}": "${taken}" is a column of PostgreSQL's own; give the member another one with { column: "…" }`,
    { collection: name },
  );
}
