import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { checkOptions } from "../query/check-options.ts";
import { compileFilter } from "../query/compile-filter.ts";
import type { JsonValue } from "../values/json.ts";
import { CollectionHandle } from "./collection-handle.ts";
import { EntryStream } from "./entry-stream.ts";
import type { CallName, OperationHost } from "./operation-host.ts";
import type { Collection, Entry, IterateQuery } from "./storage-backend.ts";
import type { StorageDriver } from "./storage-driver.ts";
import { typedEntries } from "./typed.ts";

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

  iterate(query: IterateQuery<V> = {}): AsyncIterableIterator<Entry<V>> {
    return new EntryStream(this.batches(query), query.signal);
  }

  private async *batches(query: IterateQuery<V>): AsyncGenerator<Entry<V>[], void> {
    const { definition, backend } = this;
    const name: CallName = { operation: "iterate", collection: definition.name };
    backend.checkStream(definition.name);
    checkOptions(definition, "iterate", query);
    if (query.where !== undefined) compileFilter(definition, query.where);
    const stream = this.driver.scan(definition, this.selection(query.where));
    const batches = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await backend.run(name, query, () => batches.next());
        if (batch.done === true) return;
        yield typedEntries(batch.value);
      }
    } finally {
      await batches.return?.();
    }
  }
}
