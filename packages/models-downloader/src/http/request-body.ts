import { isJsonObject, type JsonObject, type JsonValue, StorageError } from "@cutover/core";

function parsed(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    // The parser's own message quotes the body, which may hold a token.
    throw new StorageError("INVALID_VALUE", "the body is not JSON; nothing was changed");
  }
}

/** Reads a request's body. @throws StorageError INVALID_VALUE when it is no JSON object */
export function bodyObject(text: string): JsonObject {
  const value = parsed(text);
  if (isJsonObject(value)) return value;
  throw new StorageError("INVALID_VALUE", "the body is no JSON object; nothing was changed");
}

/** As {@link bodyObject}, and an empty object where there is no body. */
export function optionalBody(text: string): JsonObject {
  return text.trim() === "" ? {} : bodyObject(text);
}

/** True for what Python takes for false: the original asks for "any" value this way. */
export function isFalsy(value: JsonValue | undefined): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** A member that must be text. @throws StorageError INVALID_VALUE when it is something else */
export function requiredText(body: JsonObject, member: string): string | undefined {
  const value = body[member];
  if (value === undefined || isFalsy(value)) return undefined;
  if (typeof value === "string") return value;
  throw new StorageError("INVALID_VALUE", `\`${member}\` must be text; nothing was changed`);
}
