import { isJsonObject, type JsonValue } from "../values/json.ts";
import type { Scalar } from "../values/compare.ts";
import type { CollectionDefinition } from "./collection-definition.ts";
import { scalarOf, type Field } from "./field.ts";
import { instantOf, presentFor } from "./timestamp.ts";

/** The member of a value, or undefined where it is absent or the value is no object. */
export function memberOf(value: JsonValue, member: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
}

/** What filters, sorts and constraints see of a record's field; `$key` is the key. */
export function fieldScalar(field: Field, key: string, value: JsonValue): Scalar | null {
  return field.member === "$key" ? key : scalarOf(field, memberOf(value, field.member));
}

/** The instant of a timestamp field, or undefined where there is none. */
export function fieldInstant(field: Field, value: JsonValue): number | undefined {
  return field.as === undefined ? undefined : instantOf(field.as, memberOf(value, field.member));
}

/** True from the moment a record's expiry is reached. What has no valid expiry never expires. */
export function isExpired(
  definition: CollectionDefinition,
  value: JsonValue,
  nowMs: number,
): boolean {
  const field = definition.expiry;
  if (field?.as === undefined) return false;
  const end = fieldInstant(field, value);
  return end !== undefined && presentFor(field.as, nowMs) >= end;
}
