import { defineCollection, type CollectionDefinition } from "@cutover/core";
import { inspectFolder, type FolderReport } from "./inspect-folder.ts";

/** Collections as the files of a folder suggest them. */
export interface InferredCollections {
  readonly collections: readonly CollectionDefinition[];
  /** What could not be decided, file by file. */
  readonly notes: readonly string[];
  /** Files with data that would stay behind, and why. */
  readonly leftOut: readonly string[];
}

/** The definitions that a report proposes, and what it says about the files. */
export function collectionsOf(report: FolderReport): InferredCollections {
  const collections: CollectionDefinition[] = [];
  const notes = [...report.notes];
  const leftOut: string[] = [];
  for (const { file, kind, records, proposal, notes: found, problems } of report.files) {
    if (proposal !== undefined) collections.push(defineCollection(proposal));
    const reasons = [
      ...found.map((note) => `${file}: ${note}`),
      ...problems.map((problem) => problem.message),
    ];
    notes.push(...reasons);
    if (proposal !== undefined) continue;
    notes.push(`${file} was left out`);
    if (kind === "broken" || records > 0) leftOut.push(reasons.join("; "));
  }
  return { collections, notes, leftOut };
}

/** Finds out what collections a folder's JSON files hold. Reads only. */
export async function inferCollections(folder: string): Promise<InferredCollections> {
  return collectionsOf(await inspectFolder(folder));
}
