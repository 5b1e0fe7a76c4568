import { createRequire } from "node:module";
import { isJsonObject, type JsonValue } from "@cutover/core";

/** This package's version. */
export function ownVersion(): string {
  // By name: built, this is part of another file, and no path would lead there from both.
  const content: JsonValue = createRequire(import.meta.url)("cutover/package.json");
  const version = isJsonObject(content) ? content["version"] : undefined;
  return typeof version === "string" ? version : "unknown";
}
