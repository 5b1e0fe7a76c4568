import {
  type CollectionDefinition,
  type CollectionOperations,
  type Entry,
  type StorageBackend,
  StorageError,
  type Transaction,
} from "@cutover/core";

/** What a repository reads and writes through: a storage, or one transaction of it. */
export interface StoreAccess {
  collection(definition: CollectionDefinition): CollectionOperations;
  /**
   * Runs `work` as one transaction, or as part of the one that is under way. It may run again and
   * must be free of effects.
   */
  atomically<T>(work: (access: StoreAccess) => Promise<T>): Promise<T>;
  /** Streams a collection in its order; inside a transaction it is read at once. */
  iterate(definition: CollectionDefinition): AsyncIterable<Entry>;
  /**
   * True once the collection was written to; an emptied one exists.
   * @throws StorageError TRANSACTION_MISUSE inside a transaction
   */
  exists(definition: CollectionDefinition): Promise<boolean>;
}

class TransactionAccess implements StoreAccess {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  collection(definition: CollectionDefinition): CollectionOperations {
    return this.#tx.collection(definition);
  }

  atomically<T>(work: (access: StoreAccess) => Promise<T>): Promise<T> {
    return work(this);
  }

  async *iterate(definition: CollectionDefinition): AsyncIterable<Entry> {
    yield* await this.collection(definition).find();
  }

  exists(definition: CollectionDefinition): Promise<boolean> {
    return Promise.reject(
      new StorageError(
        "TRANSACTION_MISUSE",
        `whether "${definition.name}" exists cannot be asked inside a transaction; ask before it`,
      ),
    );
  }
}

class StorageAccess implements StoreAccess {
  readonly #storage: StorageBackend;

  constructor(storage: StorageBackend) {
    this.#storage = storage;
  }

  collection(definition: CollectionDefinition): CollectionOperations {
    return this.#storage.collection(definition);
  }

  atomically<T>(work: (access: StoreAccess) => Promise<T>): Promise<T> {
    return this.#storage.transaction((tx) => work(new TransactionAccess(tx)));
  }

  iterate(definition: CollectionDefinition): AsyncIterable<Entry> {
    return this.#storage.collection(definition).iterate();
  }

  async exists(definition: CollectionDefinition): Promise<boolean> {
    // What has records exists; only the rare empty one is worth asking the whole store.
    if ((await this.#storage.collection(definition).count()) > 0) return true;
    const { collections } = await this.#storage.info();
    return collections.some(({ name, exists }) => name === definition.name && exists);
  }
}

/** Access to a storage, every operation on its own. */
export function accessTo(storage: StorageBackend): StoreAccess {
  return new StorageAccess(storage);
}
