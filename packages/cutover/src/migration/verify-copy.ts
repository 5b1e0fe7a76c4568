import type { StorageBackend } from "@cutover/core";
import { type Comparison, compareEntries } from "./comparison.ts";
import type { CopiedFile } from "./copy-collections.ts";
import { filedBatches, storedBatches } from "./entry-batches.ts";
import type { PhaseProgress } from "./progress.ts";
import { changedWhileRead, SourceFile } from "./source-file.ts";

/** How to verify. */
export interface VerifyCopyOptions {
  readonly progress: PhaseProgress;
  readonly signal: AbortSignal | undefined;
}

async function verifyFile(
  store: StorageBackend,
  { group, digest, collections }: CopiedFile,
  { progress, signal }: VerifyCopyOptions,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { definition } of collections) {
    const source = await SourceFile.open(group.path);
    if (source === undefined) throw changedWhileRead(group.path);
    try {
      const tee = (chunk: Buffer): void =>
        progress.advance(definition.name, { bytes: chunk.length });
      const onBatch = (records: number): void => progress.advance(definition.name, { records });
      const left = filedBatches(definition, source.chunks({ signal, tee }), onBatch);
      const right = storedBatches(store, definition, signal);
      comparisons.push(await compareEntries(left, right, { collection: definition.name, signal }));
      const now = await source.digest();
      if (now?.sha256 !== digest.sha256) throw changedWhileRead(group.path);
    } finally {
      await source.close();
    }
  }
  return comparisons;
}

/**
 * Reads both sides again and compares every record, in order; proves with a digest that the files
 * still are what was copied.
 * @throws StorageError VERSION_CONFLICT when a file was changed since it was copied
 */
export async function verifyCopy(
  store: StorageBackend,
  files: readonly CopiedFile[],
  options: VerifyCopyOptions,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const file of files) comparisons.push(...(await verifyFile(store, file, options)));
  return comparisons;
}
