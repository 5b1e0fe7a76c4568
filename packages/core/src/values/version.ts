import type { hash as Hash } from "node:crypto";
import { createRequire } from "node:module";
import type { JsonValue } from "./json.ts";

/** The canonical text of a value: compact JSON, members in their order. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value);
}

let hash: typeof Hash | undefined;

/** Loaded when a version is first asked for: most processes never do, and it takes 4 ms of their start. */
function loadHash(): typeof Hash {
  const crypto: { readonly hash: typeof Hash } = createRequire(import.meta.url)("node:crypto");
  return crypto.hash;
}

/**
 * The version of a record: the SHA-256 digest of its canonical text, cut to 128 bits, as 22
 * characters of base64url. It needs no storage and is the same in every backend.
 */
export function versionOf(value: JsonValue): string {
  hash ??= loadHash();
  return hash("sha256", canonicalJson(value), "base64url").slice(0, 22);
}

/** True when two values are the same content, member order included. */
export function sameValue(left: JsonValue, right: JsonValue): boolean {
  return left === right || canonicalJson(left) === canonicalJson(right);
}
