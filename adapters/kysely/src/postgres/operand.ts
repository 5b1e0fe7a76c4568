import type { Field, Scalar } from "@cutover/core";
import type { Comparing } from "../sql/dialect.ts";
import type { SqlValue } from "../sql/statement.ts";

/** Wider than any stored integer, and what a bigint can still hold. */
const beyond = 2 ** 53;

/** Which whole number stands in for a fraction: with it the comparison holds for the same integers. */
const roundings: Readonly<Record<Comparing, ((value: number) => number) | undefined>> = {
  eq: undefined,
  lt: Math.ceil,
  gte: Math.ceil,
  lte: Math.floor,
  gt: Math.floor,
};

function integerOperand(comparing: Comparing, value: number): number | null {
  if (Number.isSafeInteger(value)) return value;
  const round = roundings[comparing];
  return round === undefined ? null : Math.max(-beyond, Math.min(beyond, round(value)));
}

const jsTypes = { text: "string", integer: "number", real: "number", boolean: "boolean" } as const;

function typeOf({ kind, as }: Field): string {
  if (kind === "timestamp") return as?.startsWith("epoch") === true ? "number" : "string";
  return kind === "json" ? "string" : jsTypes[kind];
}

/** The parameter for an operand: of the column's type, for the server compares no others. */
export function operandOf(field: Field, comparing: Comparing, value: Scalar): SqlValue {
  // Only a cursor that somebody has made up holds what its field cannot.
  if (typeof value !== typeOf(field)) return null;
  if (typeof value === "boolean") return Number(value);
  return field.kind === "integer" && typeof value === "number"
    ? integerOperand(comparing, value)
    : value;
}
