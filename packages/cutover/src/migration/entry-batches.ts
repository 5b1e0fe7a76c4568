import type { CollectionDefinition, JsonValue, StorageBackend } from "@cutover/core";
import type { ComparedEntry, EntryBatches } from "./comparison.ts";
import { scanCollection } from "./scan-collection.ts";

const batchRecords = 512;

/** The records of a collection as a store holds them, in order. */
export async function* storedBatches(
  store: StorageBackend,
  definition: CollectionDefinition,
  signal?: AbortSignal,
): EntryBatches {
  let batch: ComparedEntry[] = [];
  const records = store
    .collection<JsonValue>(definition)
    .iterate(signal === undefined ? {} : { signal });
  for await (const entry of records) {
    batch.push(entry);
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The records of a collection as they lie in its file, without those that cannot be taken over. */
export async function* filedBatches(
  definition: CollectionDefinition,
  chunks: AsyncIterable<Uint8Array>,
  onBatch?: (records: number) => void,
): EntryBatches {
  for await (const batch of scanCollection(definition, chunks)) {
    const entries: ComparedEntry[] = [];
    for (const { slice, finding } of batch) {
      if (finding === undefined && slice.key !== undefined) {
        entries.push({ key: slice.key, value: slice.value() });
      }
    }
    onBatch?.(batch.length);
    yield entries;
  }
}
