import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "@cutover/core";

function sameItems(one: JsonArray, other: JsonArray): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    if (!deepEqual(one[index] ?? null, other[index] ?? null)) return false;
  }
  return true;
}

function sameMembers(one: JsonObject, other: JsonObject): boolean {
  const names = Object.keys(one);
  const otherNames = Object.keys(other);
  if (names.length !== otherNames.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? "";
    if (name !== otherNames[index]) return false;
    if (!deepEqual(one[name] ?? null, other[name] ?? null)) return false;
  }
  return true;
}

/** True when both values are the same JSON, member order included. */
export function deepEqual(one: JsonValue, other: JsonValue): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) return Array.isArray(other) && sameItems(one, other);
  return isJsonObject(one) && isJsonObject(other) && sameMembers(one, other);
}
