import { backendFrom } from "../backend/backend-from.ts";
import type { StorageBackend } from "../backend/storage-backend.ts";
import { MemoryDriver } from "./memory-driver.ts";

/** What {@link memoryBackend} accepts. */
export interface MemoryBackendOptions {
  /** The present, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** How long a write outside a transaction waits for its turn. Default: 10,000. */
  readonly lockTimeoutMs?: number;
}

/**
 * Keeps records in this process's memory: the executable specification of the contract, and a
 * quick stand-in for tests. Its data is gone when it is closed.
 */
export function memoryBackend(options: MemoryBackendOptions = {}): StorageBackend {
  return backendFrom(new MemoryDriver(), options);
}
