import type { CollectionDefinition } from "@cutover/core";

/** Collections as the files of a folder suggest them. */
export interface InferredCollections {
  readonly collections: readonly CollectionDefinition[];
  /** What could not be decided. */
  readonly notes: readonly string[];
}
export async function inferCollections(folder: string): Promise<InferredCollections> {
  return { collections: [], notes: [folder] };
}
