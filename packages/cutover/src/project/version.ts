import { readFileSync } from "node:fs";
import { isJsonObject, type JsonValue } from "@cutover/core";

/** This package's version. */
export function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const content: JsonValue = JSON.parse(text);
  const version = isJsonObject(content) ? content["version"] : undefined;
  return typeof version === "string" ? version : "unknown";
}
