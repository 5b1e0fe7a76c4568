import { basename, dirname } from "node:path/posix";
import { freeIdentifier } from "./column-name.ts";
import { findJsonFiles } from "./find-json-files.ts";
import { inspectFile, type FileReport } from "./inspect-file.ts";

/** What the JSON files of a folder look like. */
export interface FolderReport {
  readonly folder: string;
  readonly files: readonly FileReport[];
  readonly notes: readonly string[];
}

/** What {@link inspectFolder} accepts. */
export interface InspectOptions {
  readonly signal?: AbortSignal;
  /** Told before each file is looked at. */
  readonly onFile?: (file: string) => void;
}

/** The file's name; where that is taken, with its folder's name before it. */
function collectionName(file: string, taken: Set<string>): string {
  const base = basename(file, ".json");
  const isFree = !taken.has(freeIdentifier(base, new Set(), "collection"));
  const name = isFree || dirname(file) === "." ? base : `${basename(dirname(file))}_${base}`;
  return freeIdentifier(name, taken, "collection");
}

const depthOf = (file: string): number => file.split("/").length;

/** Names by file: of two files called the same, the one further up gets the plain name. */
function collectionNames(files: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const topFirst = files.toSorted((one, other) => depthOf(one) - depthOf(other));
  return new Map(topFirst.map((file) => [file, collectionName(file, taken)]));
}

/**
 * Looks at every JSON file of a folder, at most three folders deep, and proposes a collection for
 * each whose records can be made out. Reads only.
 *
 * @throws StorageError IO_FAILED; rethrows the signal's reason
 */
export async function inspectFolder(
  folder: string,
  options: InspectOptions = {},
): Promise<FolderReport> {
  const { files: names, notes } = await findJsonFiles(folder);
  const collections = collectionNames(names);
  const files: FileReport[] = [];
  for (const file of names) {
    options.onFile?.(file);
    const name = collections.get(file) ?? file;
    files.push(await inspectFile({ folder, file, name, signal: options.signal }));
  }
  return { folder, files, notes };
}
