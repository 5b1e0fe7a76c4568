import { type JsonObject, type JsonValue, StorageError } from "@cutover/core";
import { tokenNames } from "./default-settings.ts";
import { isMasked } from "./token-mask.ts";

/** Bounds of `max_parallel_downloads` where it is one setting of many. */
const fewestDownloads = 1;
const mostDownloads = 10;

function invalid(name: string, what: string): StorageError {
  return new StorageError("VALIDATION_FAILED", `${name} ${what}; no setting was changed`, {
    collection: "settings",
    issues: [{ message: what, path: `$.${name}` }],
  });
}

function isTruthy(value: JsonValue): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What Python's `int()` makes of a value; undefined where it refuses. */
export function pythonInteger(value: JsonValue): number | undefined {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string" || !/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value)) return undefined;
  return Number(value.replaceAll("_", ""));
}

function tokenChange(name: string, value: JsonValue): JsonObject {
  if (value === null) return {};
  if (typeof value !== "string") throw invalid(name, "must be text");
  return isMasked(value) ? {} : { [name]: value };
}

/**
 * What a request asks to change. Unknown settings and null tokens are left out, and so is whatever
 * looks like a token as it is shown: posted back, it must not take the place of the token.
 * `enable_advanced_search` is true or false by Python's rules; `max_parallel_downloads` is brought
 * into 1 to 10, and left out where it is no number.
 *
 * @throws StorageError VALIDATION_FAILED when a token is no text
 */
export function settingsChange(body: JsonObject): JsonObject {
  const changes: Record<string, JsonValue> = {};
  for (const name of tokenNames) {
    const value = body[name];
    if (value !== undefined) Object.assign(changes, tokenChange(name, value));
  }
  const { enable_advanced_search: advanced, max_parallel_downloads: parallel } = body;
  if (advanced !== undefined) changes["enable_advanced_search"] = isTruthy(advanced);
  const downloads = parallel === undefined ? undefined : pythonInteger(parallel);
  if (downloads !== undefined)
    changes["max_parallel_downloads"] = Math.min(
      Math.max(downloads, fewestDownloads),
      mostDownloads,
    );
  return changes;
}
