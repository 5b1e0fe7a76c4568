import type { Scalar } from "@cutover/core";
import type { SqlValue } from "./statement.ts";

/** A scalar as a parameter. */
export function parameterOf(value: Scalar): SqlValue {
  return typeof value === "boolean" ? Number(value) : value;
}
