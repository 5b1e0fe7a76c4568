import type { Field } from "../definition/field.ts";
import type { Scalar } from "../values/compare.ts";

/** Order comparisons that adapters must answer. */
export type Comparison = "eq" | "lt" | "lte" | "gt" | "gte";

/** Text comparisons that adapters must answer. */
export type TextTest = "startsWith" | "contains" | "eqIgnoreCase" | "containsIgnoreCase";

/**
 * A checked filter. Two-valued: a test on something absent, null or misfit is false, and `not`
 * negates that. The field `keyField` stands for the record's key, which is always present.
 */
export type Predicate =
  | { readonly op: "and" | "or"; readonly terms: readonly Predicate[] }
  | { readonly op: "not"; readonly term: Predicate }
  | { readonly op: Comparison; readonly field: Field; readonly operand: Scalar }
  | { readonly op: "in"; readonly field: Field; readonly operands: readonly Scalar[] }
  | { readonly op: TextTest; readonly field: Field; readonly text: string }
  | { readonly op: "exists" | "isNull"; readonly field: Field };
