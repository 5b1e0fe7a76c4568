import type { StorageBackend } from "@cutover/core";

/** Closes what the suite cannot know of, after the backend, which must leave it open. */
export function closingAfter(backend: StorageBackend, close: () => unknown): StorageBackend {
  const closeBackend = backend.close.bind(backend);
  let closing: Promise<void> | undefined;
  const closeBoth = async (): Promise<void> => {
    await closeBackend();
    await close();
  };
  return Object.assign(backend, { close: () => (closing ??= closeBoth()) });
}
