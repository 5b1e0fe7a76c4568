import type { StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "@cutover/contract-tests";
import { jsonBackend } from "@cutover/json";

/** Opens a folder of JSON files. */
export function open(location: string, options: SubjectOptions): Promise<StorageBackend> {
  return jsonBackend({ folder: location, ...options });
}
