import { createHash } from "node:crypto";
import type { CollectionDefinition } from "@cutover/core";
import { definitionText } from "../layout/definition-text.ts";

const digests = new WeakMap<CollectionDefinition, string>();

/** What tells one definition from another. */
export function definitionDigest(definition: CollectionDefinition): string {
  const known = digests.get(definition);
  if (known !== undefined) return known;
  const text = definitionText(definition);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 32);
  digests.set(definition, digest);
  return digest;
}
