import { isJsonObject, type JsonValue } from "@cutover/core";

function equalArrays(left: readonly JsonValue[], right: readonly JsonValue[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i += 1) {
    if (!equalValues(left[i], right[i])) return false;
  }
  return true;
}

/**
 * True when both are the same JSON: types, numbers, the order of elements and of members. Compares
 * the trees themselves, so that no serialiser can hide a difference from it.
 */
export function equalValues(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && equalArrays(left, right);
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const names = Object.keys(left);
  const others = Object.keys(right);
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i];
    if (name === undefined || name !== others[i]) return false;
    if (!equalValues(left[name], right[name])) return false;
  }
  return true;
}
