import { fileStore, type FileStore } from "@cutover/json";

/**
 * Runs `work` while every writer of the JSON adapter waits, in this process and in others. A commit
 * that a dead writer left half-way is finished first, so that the files hold what was acknowledged.
 *
 * @param work - is handed a way to make every process that has the files open look at the migration
 *   record again: a commit that changes nothing
 * @throws StorageError LOCK_TIMEOUT when writers keep the folder busy
 */
export async function withQuietJson<T>(
  folder: string,
  work: (alert: () => Promise<void>) => Promise<T>,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { timeoutMs = 10_000, signal } = options;
  const store = await fileStore({ root: folder, lockTimeoutMs: timeoutMs });
  try {
    // The turn is a queue: that no writer slipped in is proved by the digests afterwards.
    return await store.withLock(
      () => work(() => alertReaders(store)),
      signal === undefined ? {} : { signal },
    );
  } finally {
    await store.close();
  }
}

async function alertReaders(store: FileStore): Promise<void> {
  await store.commit(store.snapshot([]), new Map());
}
