import { defineCollection, type CollectionDefinition } from "@cutover/core";
import { inspectFolder, type FolderReport } from "./inspect-folder.ts";

/** Collections as the files of a folder suggest them. */
export interface InferredCollections {
  readonly collections: readonly CollectionDefinition[];
  /** What could not be decided, file by file. */
  readonly notes: readonly string[];
  /** Why a migration by this alone would leave data behind: files, and the reason for each. */
  readonly leftOut: readonly string[];
}

const stayingBehind = (reason: string): string =>
  `${reason.replace(/\.$/, "")}. The file would stay behind: mend it, or write a config that decides what moves`;

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
    if (kind === "broken" || records > 0) leftOut.push(stayingBehind(reasons.join("; ")));
  }
  if (report.files.length === 0) {
    leftOut.push(`there is no JSON file in ${report.folder}; check the path`);
  }
  return { collections, notes, leftOut };
}

/** Finds out what collections a folder's JSON files hold. Reads only. */
export async function inferCollections(folder: string): Promise<InferredCollections> {
  return collectionsOf(await inspectFolder(folder));
}
