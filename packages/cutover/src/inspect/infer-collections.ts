import { defineCollection, type CollectionDefinition } from "@cutover/core";
import { inspectFolder, type FolderReport } from "./inspect-folder.ts";

/** Collections as the files of a folder suggest them. */
export interface InferredCollections {
  readonly collections: readonly CollectionDefinition[];
  /** What could not be decided, file by file. */
  readonly notes: readonly string[];
}

/** The definitions that a report proposes, and what it says about the files. */
export function collectionsOf(report: FolderReport): InferredCollections {
  const collections: CollectionDefinition[] = [];
  const notes = [...report.notes];
  for (const { file, proposal, notes: found, problems } of report.files) {
    if (proposal !== undefined) collections.push(defineCollection(proposal));
    notes.push(...found.map((note) => `${file}: ${note}`));
    notes.push(...problems.map((problem) => problem.message));
    if (proposal === undefined) notes.push(`${file} was left out`);
  }
  return { collections, notes };
}

/** Finds out what collections a folder's JSON files hold. Reads only. */
export async function inferCollections(folder: string): Promise<InferredCollections> {
  return collectionsOf(await inspectFolder(folder));
}
