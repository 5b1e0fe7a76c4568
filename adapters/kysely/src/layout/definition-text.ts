import { canonicalJson, describeDefinition, type CollectionDefinition } from "@cutover/core";

/** A definition as the database remembers it. */
export function definitionText(definition: CollectionDefinition): string {
  return canonicalJson(describeDefinition(definition));
}
