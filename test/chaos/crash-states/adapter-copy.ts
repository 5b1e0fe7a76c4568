import type * as backendModule from "../../../adapters/json/src/backend/json-backend.ts";
import type * as lockModule from "../../../adapters/json/src/lock/no-lock.ts";
import type * as storeModule from "../../../adapters/json/src/store/file-store.ts";

/** The JSON adapter as one process on the model disk has it. */
export interface AdapterCopy {
  readonly jsonBackend: typeof backendModule.jsonBackend;
  readonly noLock: typeof lockModule.noLock;
  readonly fileStore: typeof storeModule.fileStore;
}

/** Loads a copy; `allowCopies` has been called. */
export async function adapterCopy(name: string): Promise<AdapterCopy> {
  const source = new URL("../../../adapters/json/src/", import.meta.url).href;
  const [backend, lock, store] = await Promise.all([
    import(`${source}backend/json-backend.ts?copy=${name}`),
    import(`${source}lock/no-lock.ts?copy=${name}`),
    import(`${source}store/file-store.ts?copy=${name}`),
  ]);
  return {
    jsonBackend: backend.jsonBackend,
    noLock: lock.noLock,
    fileStore: store.fileStore,
  };
}
