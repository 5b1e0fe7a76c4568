import { strict as assert } from "node:assert";
import { replicaOf, type CollectionDefinition, type StorageBackend } from "@cutover/core";

/** Everything a store holds of a collection, in order, as text that keeps member order. */
export async function contentOf(
  store: StorageBackend,
  collection: CollectionDefinition,
): Promise<string[]> {
  const content: string[] = [];
  for await (const batch of replicaOf(store).oldestFirst(collection))
    for (const record of batch) content.push(JSON.stringify([record.key, record.value]));
  return content;
}

/** Fails unless both stores hold the same records in the same order. */
export async function assertEqualStores(
  one: StorageBackend,
  other: StorageBackend,
  collections: readonly CollectionDefinition[],
): Promise<void> {
  for (const collection of collections) {
    assert.deepEqual(
      await contentOf(other, collection),
      await contentOf(one, collection),
      `collection "${collection.name}" differs`,
    );
  }
}
