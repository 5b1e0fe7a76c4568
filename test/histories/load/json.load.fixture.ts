import type { CollectionDefinition, StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { loadCollection, type LoadRecord } from "./load-record.ts";

/** What is loaded. */
export const collections: readonly CollectionDefinition<LoadRecord>[] = [loadCollection("load")];

/** Opens a folder of JSON files. */
export function open(folder: string): Promise<StorageBackend> {
  return jsonBackend({ folder, collections });
}
