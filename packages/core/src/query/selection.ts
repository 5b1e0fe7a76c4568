import type { Field } from "../definition/field.ts";
import type { Scalar } from "../values/compare.ts";
import type { Predicate } from "./predicate.ts";
import type { SearchTerms } from "./search.ts";

/** One term of a total order. */
export interface OrderTerm {
  readonly field: Field;
  readonly descending: boolean;
}

/** How found records are ordered: as they lie in the collection, by relevance, or by terms, the key last. */
export type SelectionOrder = "collection" | "relevance" | readonly OrderTerm[];

/** A checked query, as adapters get it. */
export interface Selection {
  readonly predicate: Predicate | undefined;
  readonly search: SearchTerms | undefined;
  /** Null, absent and misfit come first ascending and last descending. */
  readonly order: SelectionOrder;
  /** Take only records that come after these values of the order's terms. Only with terms. */
  readonly after: readonly (Scalar | null)[] | undefined;
  readonly limit: number | undefined;
  /** Records that have expired by then are not there. Milliseconds since 1970. */
  readonly nowMs: number;
}
