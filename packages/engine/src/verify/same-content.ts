import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "@cutover/core";

function sameItems(left: JsonArray, right: JsonArray): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (!sameOrAbsent(left[index], right[index])) return false;
  }
  return true;
}

function sameMembers(left: JsonObject, right: JsonObject): boolean {
  const names = Object.keys(left);
  const others = Object.keys(right);
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    if (name === undefined || name !== others[index]) return false;
    if (!sameOrAbsent(left[name], right[name])) return false;
  }
  return true;
}

function sameOrAbsent(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return sameContent(left, right);
}

/**
 * True when two values are the same content, the order of their members included. It looks at the
 * values themselves: whatever a copy goes through, texts or digests, has no say in it.
 */
export function sameContent(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right);
  return isJsonObject(left) && isJsonObject(right) && sameMembers(left, right);
}
