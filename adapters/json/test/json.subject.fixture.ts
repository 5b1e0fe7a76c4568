import { jsonBackend } from "@cutover/json";
import type { StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "@cutover/contract-tests";

/** Opens a folder of JSON files for the contract suite, in this process or another. */
export function open(location: string, options: SubjectOptions): Promise<StorageBackend> {
  return jsonBackend({ folder: location, ...options });
}
