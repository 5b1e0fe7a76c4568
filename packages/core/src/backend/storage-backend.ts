import type { CollectionDefinition } from "../definition/collection-definition.ts";
import type { MemberName } from "../definition/define-collection.ts";
import type { Bucket } from "../definition/timestamp.ts";
import type { AggregateRow } from "../query/aggregate.ts";
import type { Filter } from "../query/filter.ts";
import type { JsonValue } from "../values/json.ts";
import type { Capabilities } from "./capabilities.ts";

/** What every call accepts. */
export interface CallOptions {
  /** Gives the call up. The call then rejects with the signal's reason, and has changed nothing. */
  readonly signal?: AbortSignal;
}

/** A record as read. */
export interface Entry<V extends JsonValue = JsonValue> {
  readonly key: string;
  readonly value: V;
}

/** A record with the version of its content. */
export interface VersionedEntry<V extends JsonValue = JsonValue> extends Entry<V> {
  /** Digest of the value: equal content has an equal version, in every backend. */
  readonly version: string;
}

/** What a conditional write accepts. */
export interface WriteOptions extends CallOptions {
  /** Write only if the record is still of this version, else VERSION_CONFLICT. */
  readonly ifVersion?: string;
}

/** One term of an order; the key always decides last. */
export interface OrderBy<V extends JsonValue = JsonValue> {
  readonly field: MemberName<V> | "$key";
  /** Default: `asc`. Null, absent and misfit come first ascending, last descending. */
  readonly direction?: "asc" | "desc";
}

/** Which records `find` returns, and in which order. */
export interface Query<V extends JsonValue = JsonValue> extends CallOptions {
  readonly where?: Filter<V>;
  /** Default: the order of the records in the collection. */
  readonly orderBy?: readonly OrderBy<V>[];
  /** At most so many; a whole number from 0. Default: all. */
  readonly limit?: number;
}

/** Which page to return. */
export interface PageQuery<V extends JsonValue = JsonValue> extends CallOptions {
  readonly where?: Filter<V>;
  /** Default: by key. */
  readonly orderBy?: readonly OrderBy<V>[];
  /** Records a page; a whole number from 1. */
  readonly limit: number;
  /** `next` of the page before. Default: the first page. */
  readonly cursor?: string;
}

/** A page of records. */
export interface Page<V extends JsonValue = JsonValue> {
  readonly entries: Entry<V>[];
  /** Cursor of the next page; undefined on the last one. Any backend can read it. */
  readonly next: string | undefined;
}

/** Which records `iterate` streams; they come in the order of the collection. */
export interface IterateQuery<V extends JsonValue = JsonValue> extends CallOptions {
  readonly where?: Filter<V>;
}

/** What full-text search accepts. */
export interface SearchQuery<V extends JsonValue = JsonValue> extends CallOptions {
  readonly where?: Filter<V>;
  readonly limit?: number;
  /** The last word may be the beginning of a longer one. Default: false. */
  readonly prefix?: boolean;
  /** `relevance` needs the capability. Default: the order of the collection. */
  readonly order?: "collection" | "relevance";
}

/** A group: a field's value, or the date bucket of a timestamp. */
export type GroupBy<V extends JsonValue = JsonValue> =
  | MemberName<V>
  | { readonly field: MemberName<V>; readonly bucket: Bucket };

/** What `aggregate` computes; every row also has its count. */
export interface AggregateQuery<V extends JsonValue = JsonValue> extends CallOptions {
  readonly where?: Filter<V>;
  readonly groupBy?: readonly GroupBy<V>[];
  /** Fields of kind integer or real. */
  readonly sum?: readonly MemberName<V>[];
  /** Fields of kind integer or real. */
  readonly avg?: readonly MemberName<V>[];
  /** Fields of any kind but json and boolean. */
  readonly min?: readonly MemberName<V>[];
  readonly max?: readonly MemberName<V>[];
}

/** Pairs of key and value, in the order in which they are to be written. */
export type Entries<V extends JsonValue = JsonValue> = Iterable<readonly [key: string, value: V]>;

/** What can be done with a collection inside a transaction and outside. */
export interface CollectionOperations<V extends JsonValue = JsonValue> {
  readonly definition: CollectionDefinition<V>;

  /** @returns the value, or undefined when there is no such record */
  get(key: string, options?: CallOptions): Promise<V | undefined>;
  /** @returns the values found, in the order of the keys asked for */
  getMany(keys: readonly string[], options?: CallOptions): Promise<Map<string, V>>;
  has(key: string, options?: CallOptions): Promise<boolean>;
  /** @returns the record with its version, or undefined when there is none */
  entry(key: string, options?: CallOptions): Promise<VersionedEntry<V> | undefined>;

  /**
   * Writes a new record.
   * @throws StorageError ALREADY_EXISTS when the key is taken or a unique constraint clashes
   */
  insert(key: string, value: V, options?: CallOptions): Promise<void>;
  /**
   * Writes a record, new or not; one that exists keeps its place. A put after a get may lose what
   * others wrote in between: use `update`, or `ifVersion`.
   * @throws StorageError VERSION_CONFLICT, ALREADY_EXISTS (a unique constraint)
   */
  put(key: string, value: V, options?: WriteOptions): Promise<void>;
  /**
   * Merges members into a record at top level, creating it where it is absent. A member that is
   * `undefined` is left as it is.
   * @returns the record as it now is
   * @throws StorageError INVALID_VALUE when the record, or the patch, is no object
   */
  patch(key: string, members: Partial<V>, options?: WriteOptions): Promise<V>;
  /**
   * Reads, computes and writes as one step, whoever else writes. `change` must be synchronous and
   * free of effects: it may run again.
   * @returns what was written
   */
  update(key: string, change: (current: V | undefined) => V, options?: CallOptions): Promise<V>;
  /** @returns whether there was such a record */
  delete(key: string, options?: WriteOptions): Promise<boolean>;
  /** Removes all records. @returns how many were stored, expired ones included */
  clear(options?: CallOptions): Promise<number>;
  /** Makes the collection hold exactly these records, in this order. Of equal keys the last value counts, at the first's place. */
  replaceAll(entries: Entries<V>, options?: CallOptions): Promise<void>;
  /** Puts all, or none. */
  putMany(entries: Entries<V>, options?: CallOptions): Promise<void>;
  /** Deletes all, or none. @returns how many there were */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number>;

  find(query?: Query<V>): Promise<Entry<V>[]>;
  /** One page by keyset: stable while others write, whatever they write. */
  page(query: PageQuery<V>): Promise<Page<V>>;
  count(where?: Filter<V>, options?: CallOptions): Promise<number>;
  /** @returns a row per group, ascending by the group's values; without groups, one row */
  aggregate(query: AggregateQuery<V>): Promise<AggregateRow[]>;
  /**
   * Finds records that hold every word of `words` in the searched members. Words without any
   * letter or digit find nothing.
   */
  search(words: string, query?: SearchQuery<V>): Promise<Entry<V>[]>;
  /** Removes what has expired. @param nowMs default: the backend's clock. @returns how many */
  deleteExpired(nowMs?: number, options?: CallOptions): Promise<number>;
}

/** A collection of a backend. */
export interface Collection<V extends JsonValue = JsonValue> extends CollectionOperations<V> {
  /**
   * Streams records in the order of the collection, in bounded memory, holding no lock and no
   * transaction. A record that is there throughout comes exactly once; one that is inserted,
   * changed, moved or deleted meanwhile may come as it was, as it is, or not at all.
   */
  iterate(query?: IterateQuery<V>): AsyncIterableIterator<Entry<V>>;
}

/** What a transaction's work is handed. It is good for nothing once the work has ended. */
export interface Transaction {
  collection<V extends JsonValue>(definition: CollectionDefinition<V>): CollectionOperations<V>;
}

/** What `transaction` accepts. */
export interface TransactionOptions extends CallOptions {
  /** Rolls back with LOCK_TIMEOUT after so many milliseconds, waiting included. Default: 5,000. */
  readonly timeoutMs?: number;
}

/** One collection, as `info` sees it. */
export interface CollectionInfo {
  readonly name: string;
  /** False until something was written to it; an emptied collection exists. */
  readonly exists: boolean;
  /** Records stored, expired ones included. */
  readonly records: number;
}

/** What `info` tells. */
export interface BackendInfo {
  readonly kind: string;
  /** Where the data lies, such as a folder or a file; undefined when nowhere. */
  readonly location: string | undefined;
  /** Bytes on disk of what the opened collections are stored in. */
  readonly sizeBytes: number;
  readonly collections: readonly CollectionInfo[];
}

/** One file of a backup. */
export interface BackupFile {
  /** Path relative to the backup. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What a backup holds. */
export interface BackupManifest {
  readonly kind: string;
  readonly destination: string;
  readonly files: readonly BackupFile[];
  readonly collections: readonly CollectionInfo[];
}

/**
 * A store. What it promises is the contract that `@cutover/contract-tests` proves; whichever
 * adapter answers, it answers the same.
 */
export interface StorageBackend extends AsyncDisposable {
  /** `memory`, `json`, `sqlite`, … */
  readonly kind: string;
  readonly capabilities: Capabilities;
  /**
   * Gives access to a collection.
   * @throws StorageError CONFIG_INVALID when another definition of that name is in use
   */
  collection<V extends JsonValue>(definition: CollectionDefinition<V>): Collection<V>;
  /**
   * Runs `work` as one serialisable transaction: it sees its own writes, nobody sees half of it,
   * and if it rejects nothing has happened. `work` may run again and must be free of effects.
   * Inside it use only `tx`.
   * @returns what `work` returned
   * @throws StorageError LOCK_TIMEOUT, TRANSACTION_MISUSE; and whatever `work` throws
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Writes a verified copy to a path that does not exist yet. */
  backup(destination: string, options?: CallOptions): Promise<BackupManifest>;
  info(options?: CallOptions): Promise<BackendInfo>;
  /** Waits for calls under way, then closes what the backend opened. Closing twice is fine. */
  close(): Promise<void>;
}
