import { isJsonObject, type JsonValue } from "@cutover/core";

/** True when both values are the same JSON, member order included. */
export function deepEqual(one: JsonValue, other: JsonValue): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    return one.every((element, index) => deepEqual(element, other[index] ?? null));
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  const names = Object.keys(one);
  const otherNames = Object.keys(other);
  if (names.length !== otherNames.length) return false;
  return names.every(
    (name, index) =>
      name === otherNames[index] && deepEqual(one[name] ?? null, other[name] ?? null),
  );
}
