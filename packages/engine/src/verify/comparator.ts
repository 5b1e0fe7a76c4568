import { isJsonObject, setMember, type JsonValue } from "@cutover/core";
import { sameContent } from "./same-content.ts";

/** What does not count when records of a collection are compared. */
export interface Comparator {
  /** Top-level members that are left out on both sides. Default: none. */
  readonly ignore?: readonly string[];
  /** Applied to copies of the records of both sides, after `ignore`. Default: nothing. */
  readonly clean?: (value: JsonValue) => JsonValue;
}

/** Comparators by the name of their collection. */
export type Comparators = Readonly<Record<string, Comparator>>;

function without(value: JsonValue, names: readonly string[]): JsonValue {
  if (!isJsonObject(value)) return value;
  const rest: Record<string, JsonValue> = {};
  for (const [name, item] of Object.entries(value)) {
    if (!names.includes(name)) setMember(rest, name, item);
  }
  return rest;
}

/** What of a value counts. @throws what `clean` throws */
export function cleaned(value: JsonValue, { ignore = [], clean }: Comparator): JsonValue {
  const rest = ignore.length === 0 ? value : without(value, ignore);
  return clean === undefined ? rest : clean(rest);
}

/** Compares two records; undefined as comparator: everything counts. @throws what `clean` throws */
export function equalUnder(
  comparator: Comparator | undefined,
  left: JsonValue,
  right: JsonValue,
): boolean {
  if (sameContent(left, right)) return true;
  if (comparator === undefined) return false;
  return sameContent(cleaned(left, comparator), cleaned(right, comparator));
}

/** The comparator of a collection, where one was configured. */
export function comparatorOf(
  comparators: Comparators | undefined,
  collection: string,
): Comparator | undefined {
  return comparators !== undefined && Object.hasOwn(comparators, collection)
    ? comparators[collection]
    : undefined;
}
