import { StorageError, type CollectionDefinition } from "@cutover/core";
import type { DrainTarget } from "./drain-target.ts";

/**
 * Refuses to remove records from the mirror because a collection is missing in the store in
 * charge: a missing file looks like an empty one, and the mirror may be all that is left of it.
 *
 * @throws StorageError DIVERGED
 */
export async function checkSource(
  { source, unit }: DrainTarget,
  collection: CollectionDefinition,
): Promise<void> {
  for await (const batch of source.oldestFirst(collection)) if (batch.length > 0) return;
  if (await source.exists(collection)) return;
  const { name } = collection;
  throw new StorageError(
    "DIVERGED",
    `collection "${name}" of unit "${unit}" is missing in the store in charge, and the other one ` +
      "has records of it; nothing was removed. Put it back, or clear it through the application",
    { backend: "cutover", collection: name, nextCommand: "cutover doctor" },
  );
}
