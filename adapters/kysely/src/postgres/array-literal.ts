import type { SqlValue } from "../sql/statement.ts";

function element(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A list as the text of a one-dimensional array, whatever the type of its elements. */
export function arrayLiteral(values: readonly SqlValue[]): string {
  return `{${values.map(element).join(",")}}`;
}
