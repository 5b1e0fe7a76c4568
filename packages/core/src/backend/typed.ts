// The type of a collection's values is the caller's word: a driver hands back what the collection's
// methods, or the author of a legacy file, wrote. These are the places where it is taken at that word.
/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters */
import type { KeyedValue } from "../query/select.ts";
import type { JsonValue } from "../values/json.ts";
import type { Entry } from "./storage-backend.ts";
import type { MaybePromise } from "./storage-driver.ts";

/** Gives a value the collection's type. */
export function typedValue<V extends JsonValue>(value: JsonValue): V {
  return value as V;
}

/** Gives the answer of a look-up the collection's type. */
export function typedAnswer<V extends JsonValue>(
  answer: MaybePromise<JsonValue | undefined>,
): MaybePromise<V | undefined> {
  return answer as MaybePromise<V | undefined>;
}

/** Gives records the collection's type. */
export function typedEntries<V extends JsonValue>(found: readonly KeyedValue[]): Entry<V>[] {
  return found as Entry<V>[];
}

/** Gives the records that a query finds the collection's type. */
export function typedFound<V extends JsonValue>(
  found: MaybePromise<readonly KeyedValue[]>,
): MaybePromise<Entry<V>[]> {
  return found as MaybePromise<Entry<V>[]>;
}

/** Gives values by key the collection's type. */
export function typedMap<V extends JsonValue>(
  found: MaybePromise<Map<string, JsonValue>>,
): MaybePromise<Map<string, V>> {
  return found as MaybePromise<Map<string, V>>;
}
