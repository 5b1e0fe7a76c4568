import { join } from "node:path";
import type { CollectionDefinition } from "@cutover/core";
import type { DocumentLayout } from "@cutover/json";

/** A JSON file and the collections that lie in it. */
export interface OriginalGroup {
  /** Relative to the data folder, with `/`. */
  readonly file: string;
  readonly path: string;
  readonly collections: readonly CollectionDefinition[];
}

/** The files of these collections, in the order of the collections. */
export function originalGroups(
  folder: string,
  collections: readonly CollectionDefinition[],
): OriginalGroup[] {
  const groups = new Map<string, CollectionDefinition[]>();
  for (const definition of collections) {
    const group = groups.get(definition.file.path) ?? [];
    group.push(definition);
    groups.set(definition.file.path, group);
  }
  return [...groups].map(([file, members]) => ({
    file,
    path: join(folder, file),
    collections: members,
  }));
}

/** How a collection lies in its file, as the JSON adapter wants to know it. */
export function layoutOf({ file, keyMember }: CollectionDefinition): DocumentLayout {
  if (file.shape === "object" || keyMember === undefined) return { shape: file.shape, at: file.at };
  return { shape: file.shape, at: file.at, keyMember };
}
