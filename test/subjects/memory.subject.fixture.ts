import { memoryBackend, type StorageBackend } from "@cutover/core";
import type { SubjectOptions } from "@cutover/contract-tests";

/** Opens a memory backend; there is nothing at the location. */
export async function open(
  _location: string,
  { clock, lockTimeoutMs }: SubjectOptions,
): Promise<StorageBackend> {
  return memoryBackend({
    ...(clock === undefined ? {} : { clock }),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
}
