import type { SqlValue } from "../sql/statement.ts";

const special = /["\\]/g;

function element(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  // Looking for what hardly any text has is much quicker than replacing it.
  return value.includes('"') || value.includes("\\")
    ? `"${value.replaceAll(special, "\\$&")}"`
    : `"${value}"`;
}

/** A list as the text of a one-dimensional array, whatever the type of its elements. */
export function arrayLiteral(values: readonly SqlValue[]): string {
  let text = "{";
  for (let index = 0; index < values.length; index++)
    text += (index === 0 ? "" : ",") + element(values[index] ?? null);
  return `${text}}`;
}
