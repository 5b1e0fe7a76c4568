import type { MemberName } from "../definition/define-collection.ts";
import type { JsonValue } from "../values/json.ts";
import type { Scalar } from "../values/compare.ts";

/**
 * What may be asked of one field. Several operators in one condition must all hold.
 *
 * A comparison with a member that is absent, null, or not of its declared kind is false;
 * the negative forms `ne` and `notIn` are therefore true of it.
 */
export interface Condition {
  readonly eq?: Scalar;
  readonly ne?: Scalar;
  readonly lt?: Scalar;
  readonly lte?: Scalar;
  readonly gt?: Scalar;
  readonly gte?: Scalar;
  readonly in?: readonly Scalar[];
  readonly notIn?: readonly Scalar[];
  /** Text that begins exactly so. */
  readonly startsWith?: string;
  /** Text that contains exactly this. */
  readonly contains?: string;
  /** As `eq` on text, with A to Z and a to z taken as equal. */
  readonly eqIgnoreCase?: string;
  /** As `contains`, with A to Z and a to z taken as equal. */
  readonly containsIgnoreCase?: string;
  /** The member is present, whatever it holds. */
  readonly exists?: boolean;
  /** The member is an explicit null. */
  readonly isNull?: boolean;
}

/**
 * Which records to take: declared members (or `$key`) with a {@link Condition} or a scalar to
 * equal, and `and`, `or`, `not`. All parts of one filter must hold.
 */
export type Filter<V extends JsonValue = JsonValue> = {
  readonly [M in MemberName<V> | "$key"]?: Condition | Scalar;
} & {
  readonly and?: readonly Filter<V>[];
  readonly or?: readonly Filter<V>[];
  readonly not?: Filter<V>;
};
