import { jsonBackend, noLock } from "@cutover/json";
import type { StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "@cutover/contract-tests";

/** As `json.subject.fixture.ts`, with a lock that never locks: safety is the commit's alone. */
export function open(location: string, options: SubjectOptions): Promise<StorageBackend> {
  return jsonBackend({ folder: location, ...options, lock: noLock() });
}
