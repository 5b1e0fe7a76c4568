import { createHash } from "node:crypto";
import { canonicalJson, describeDefinition, type CollectionDefinition } from "@cutover/core";

/** Digest of collections' definitions, whatever their order: equal digest, equal schema. */
export function definitionsDigest(collections: readonly CollectionDefinition[]): string {
  const described = collections
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((definition) => describeDefinition(definition));
  return createHash("sha256").update(canonicalJson(described)).digest("hex");
}
