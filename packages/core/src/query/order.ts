import { fieldScalar } from "../definition/member.ts";
import { compareScalar, type Scalar } from "../values/compare.ts";
import type { JsonValue } from "../values/json.ts";
import type { OrderTerm } from "./selection.ts";

/** The values by which a record is placed in an order. */
export function orderValues(
  terms: readonly OrderTerm[],
  key: string,
  value: JsonValue,
): (Scalar | null)[] {
  return terms.map((term) => fieldScalar(term.field, key, value));
}

/** Compares two records' {@link orderValues}. */
export function compareOrderValues(
  terms: readonly OrderTerm[],
  left: readonly (Scalar | null)[],
  right: readonly (Scalar | null)[],
): number {
  for (const [index, term] of terms.entries()) {
    const result = compareScalar(left[index] ?? null, right[index] ?? null);
    if (result !== 0) return term.descending ? -result : result;
  }
  return 0;
}
