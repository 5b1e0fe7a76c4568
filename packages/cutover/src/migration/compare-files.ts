import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { type Comparison, compareEntries } from "./comparison.ts";
import { filedBatches, storedBatches } from "./entry-batches.ts";
import type { PhaseProgress } from "./progress.ts";
import { SourceFile } from "./source-file.ts";

/** A file and the collections in it. */
export interface ComparedFile {
  readonly path: string;
  readonly collections: readonly CollectionDefinition[];
}

/** How to compare. */
export interface CompareFilesOptions {
  readonly progress: PhaseProgress;
  readonly signal: AbortSignal | undefined;
}

/** Compares files with a store, record by record; files that are not there are left out. */
export async function compareFiles(
  store: StorageBackend,
  files: readonly ComparedFile[],
  { progress, signal }: CompareFilesOptions,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { path, collections } of files) {
    for (const definition of collections) {
      const source = await SourceFile.open(path);
      if (source === undefined) continue;
      const collection = definition.name;
      try {
        const tee = (chunk: Buffer): void => progress.advance(collection, { bytes: chunk.length });
        const left = filedBatches(definition, source.chunks({ signal, tee }));
        const right = storedBatches(store, definition, signal);
        comparisons.push(await compareEntries(left, right, { collection, signal }));
      } finally {
        await source.close();
      }
    }
  }
  return comparisons;
}
