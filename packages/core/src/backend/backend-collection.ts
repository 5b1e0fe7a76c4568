import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { checkOptions } from "../query/check-options.ts";
import { compileFilter } from "../query/compile-filter.ts";
import type { JsonValue } from "../values/json.ts";
import { CollectionHandle } from "./collection-handle.ts";
import type { CallName, OperationHost } from "./operation-host.ts";
import type { Collection, Entry, IterateQuery } from "./storage-backend.ts";
import type { StorageDriver } from "./storage-driver.ts";

/** A backend that streams. */
export interface StreamHost extends OperationHost {
  /** Lets a stream go on while the backend is open and not misused. @throws StorageError otherwise */
  checkStream(collection: string): void;
}

/** A collection of a backend: all operations, and streams. */
export class BackendCollection<V extends JsonValue>
  extends CollectionHandle<V>
  implements Collection<V>
{
  private readonly backend: StreamHost;
  private readonly driver: StorageDriver;

  constructor(definition: CollectionDefinition<V>, backend: StreamHost, driver: StorageDriver) {
    super(definition, backend);
    this.backend = backend;
    this.driver = driver;
  }

  async *iterate(query: IterateQuery<V> = {}): AsyncIterableIterator<Entry<V>> {
    const { definition, backend } = this;
    const name: CallName = { operation: "iterate", collection: definition.name };
    const { signal } = query;
    backend.checkStream(definition.name);
    checkOptions(definition, "iterate", query);
    if (query.where !== undefined) compileFilter(definition, query.where);
    const stream = this.driver.scan(definition, this.selection(query.where));
    const batches = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await backend.run(name, query, () => batches.next());
        if (batch.done === true) return;
        for (const entry of this.entries(batch.value)) {
          signal?.throwIfAborted();
          yield entry;
        }
      }
    } finally {
      await batches.return?.();
    }
  }
}
