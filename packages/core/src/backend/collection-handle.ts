import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { StorageError } from "../errors/storage-error.ts";
import type { AggregateRow } from "../query/aggregate.ts";
import { checkOptions } from "../query/check-options.ts";
import { compileFilter, refuseQuery } from "../query/compile-filter.ts";
import {
  checkLimit,
  compileAggregate,
  compileOrder,
  compileSearch,
} from "../query/compile-query.ts";
import { decodeCursor, encodeCursor } from "../query/cursor.ts";
import type { Filter } from "../query/filter.ts";
import { orderValues } from "../query/order.ts";
import type { KeyedValue } from "../query/select.ts";
import type { Selection } from "../query/selection.ts";
import { isJsonObject, type JsonValue } from "../values/json.ts";
import { checkKey } from "../values/key.ts";
import { cloneValue, normaliseValue } from "../values/normalise.ts";
import { checkRecord, checkRecordNow, checkShape } from "../values/record-check.ts";
import { versionOf } from "../values/version.ts";
import { capture } from "./capture.ts";
import { typedAnswer, typedEntries, typedMap, typedValue } from "./typed.ts";
import type { CallName, OperationHost } from "./operation-host.ts";
import type {
  AggregateQuery,
  CallOptions,
  CollectionOperations,
  Entries,
  Entry,
  Page,
  PageQuery,
  Query,
  SearchQuery,
  VersionedEntry,
  WriteOptions,
} from "./storage-backend.ts";
import type { MaybePromise, WriteOperation, WriteResult } from "./storage-driver.ts";

type Update = WriteOperation & { readonly type: "update" };

/**
 * A collection's operations, derived once for all adapters: everything is checked and copied here,
 * then handed to the host as data. Values are typed by the definition, which is the caller's word:
 * stored data is not checked against it.
 */
function isAsync(): StorageError {
  return new StorageError(
    "INVALID_VALUE",
    "the function given to update() is asynchronous; wait for what it needs before, and return the value itself",
    { operation: "update" },
  );
}

export class CollectionHandle<V extends JsonValue> implements CollectionOperations<V> {
  readonly definition: CollectionDefinition<V>;
  protected readonly host: OperationHost;

  constructor(definition: CollectionDefinition<V>, host: OperationHost) {
    this.definition = definition;
    this.host = host;
  }

  private run<T>(
    operation: string,
    options: CallOptions | undefined,
    work: () => MaybePromise<T>,
  ): Promise<T> {
    const name: CallName = { operation, collection: this.definition.name };
    return this.host.run(name, options, work);
  }

  private async writeOne(
    operation: WriteOperation,
    options: CallOptions | undefined,
  ): Promise<WriteResult> {
    const [result] = await this.host.write([operation], options);
    return result ?? { count: 0 };
  }

  protected selection(where: unknown, rest: Partial<Selection> = {}): Selection {
    return {
      predicate: where === undefined ? undefined : compileFilter(this.definition, where),
      search: undefined,
      order: "collection",
      after: undefined,
      limit: undefined,
      nowMs: this.host.nowMs(),
      ...rest,
    };
  }

  protected entries(found: readonly KeyedValue[]): Entry<V>[] {
    return typedEntries(found);
  }

  get(key: string, options?: CallOptions): Promise<V | undefined> {
    return this.run("get", options, () =>
      typedAnswer(this.host.reads.get(this.definition, checkKey(key), this.host.nowMs())),
    );
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<Map<string, V>> {
    return this.run("getMany", options, async () => {
      const distinct = [...new Set(keys.map(checkKey))];
      const found = await this.host.reads.getMany(this.definition, distinct, this.host.nowMs());
      return typedMap(found);
    });
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.run("has", options, async () => {
      const value = await this.host.reads.get(this.definition, checkKey(key), this.host.nowMs());
      return value !== undefined;
    });
  }

  entry(key: string, options?: CallOptions): Promise<VersionedEntry<V> | undefined> {
    return this.run("entry", options, async () => {
      const value = await this.host.reads.get(this.definition, checkKey(key), this.host.nowMs());
      return value === undefined
        ? undefined
        : { key, value: typedValue<V>(value), version: versionOf(value) };
    });
  }

  insert(key: string, value: V, options?: CallOptions): Promise<void> {
    return this.set("insert", { key, value, ifVersion: undefined }, options);
  }

  put(key: string, value: V, options?: WriteOptions): Promise<void> {
    return this.set("put", { key, value, ifVersion: options?.ifVersion }, options);
  }

  private set(
    operation: "insert" | "put",
    record: { readonly key: string; readonly value: V; readonly ifVersion: string | undefined },
    options: CallOptions | undefined,
  ): Promise<void> {
    const taken = capture(() =>
      this.putOperation(record.key, record.value, operation === "insert"),
    );
    return this.run(operation, options, async () => {
      const put = taken();
      if (this.validates) await this.validate([put]);
      await this.host.write([{ ...put, ifVersion: record.ifVersion }], options);
    });
  }

  private putOperation(key: string, value: V, insert: boolean): WriteOperation & { type: "put" } {
    const { definition } = this;
    const checked = checkShape(definition, checkKey(key), value);
    return {
      type: "put",
      collection: definition,
      key,
      value: checked,
      insert,
      ifVersion: undefined,
    };
  }

  /** Without a schema nothing is waited for, so that writes reach the store in the order of the calls. */
  private get validates(): boolean {
    return this.definition.schema !== undefined;
  }

  private async validate(records: readonly KeyedValue[]): Promise<void> {
    for (const { key, value } of records) await checkRecord(this.definition, key, value);
  }

  patch(key: string, members: Partial<V>, options?: WriteOptions): Promise<V> {
    const taken = capture(() => normaliseValue(members));
    return this.run("patch", options, () => {
      const patch = taken();
      if (!isJsonObject(patch)) throw this.notObject(key, "the patch");
      return this.updated(key, options, (current = {}) => {
        if (!isJsonObject(current)) throw this.notObject(key, "the record");
        return { ...current, ...patch };
      });
    });
  }

  private notObject(key: string, what: string): StorageError {
    const where = `collection "${this.definition.name}", key ${JSON.stringify(key)}`;
    return new StorageError(
      "INVALID_VALUE",
      `${where}: ${what} is no object and has no members to merge`,
    );
  }

  async update(
    key: string,
    change: (current: V | undefined) => V,
    options?: CallOptions,
  ): Promise<V> {
    let failure: { readonly error: unknown } | undefined;
    const guarded = (current: JsonValue | undefined): unknown => {
      failure = undefined;
      try {
        return change(current === undefined ? undefined : typedValue<V>(current));
      } catch (error) {
        failure = { error };
        throw error;
      }
    };
    try {
      return await this.run("update", options, () => this.updated(key, options, guarded));
    } catch (error) {
      // What the caller's own function threw is not ours to explain.
      throw failure === undefined ? error : failure.error;
    }
  }

  private async updated(
    key: string,
    options: WriteOptions | undefined,
    change: (current: JsonValue | undefined) => unknown,
  ): Promise<V> {
    const { definition } = this;
    const operation: Update = {
      type: "update",
      collection: definition,
      key: checkKey(key),
      ifVersion: options?.ifVersion,
      change: (current) => {
        const next = change(current === undefined ? undefined : cloneValue(current));
        if (next instanceof Promise) throw isAsync();
        return checkRecordNow(definition, key, next);
      },
    };
    const { value } = await this.writeOne(operation, options);
    if (value === undefined)
      throw new StorageError("IO_FAILED", "the driver did not say what it wrote");
    return typedValue<V>(cloneValue(value));
  }

  delete(key: string, options?: WriteOptions): Promise<boolean> {
    return this.run("delete", options, async () => {
      const { count } = await this.writeOne(this.deletion(key, options?.ifVersion), options);
      return count > 0;
    });
  }

  private deletion(key: string, ifVersion: string | undefined): WriteOperation {
    return { type: "delete", collection: this.definition, key: checkKey(key), ifVersion };
  }

  clear(options?: CallOptions): Promise<number> {
    return this.run("clear", options, async () => {
      const { count } = await this.writeOne(
        { type: "clear", collection: this.definition },
        options,
      );
      return count;
    });
  }

  replaceAll(entries: Entries<V>, options?: CallOptions): Promise<void> {
    const taken = capture(() => {
      const values = new Map<string, JsonValue>();
      for (const [key, value] of entries)
        values.set(checkKey(key), checkShape(this.definition, key, value));
      return Array.from(values, ([key, value]) => ({ key, value }));
    });
    return this.run("replaceAll", options, async () => {
      const records = taken();
      if (this.validates) await this.validate(records);
      await this.host.write(
        [{ type: "replaceAll", collection: this.definition, entries: records }],
        options,
      );
    });
  }

  putMany(entries: Entries<V>, options?: CallOptions): Promise<void> {
    const taken = capture(() =>
      Array.from(entries, ([key, value]) => this.putOperation(key, value, false)),
    );
    return this.run("putMany", options, async () => {
      const operations = taken();
      if (this.validates) await this.validate(operations);
      if (operations.length > 0) await this.host.write(operations, options);
    });
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    const taken = capture(() => keys.map((key) => this.deletion(key, undefined)));
    return this.run("deleteMany", options, async () => {
      const operations = taken();
      const results = operations.length === 0 ? [] : await this.host.write(operations, options);
      return results.reduce((total, { count }) => total + count, 0);
    });
  }

  find(query: Query<V> = {}): Promise<Entry<V>[]> {
    return this.run("find", query, async () => {
      checkOptions(this.definition, "find", query);
      const limit = checkLimit(this.definition, query.limit);
      const order =
        query.orderBy === undefined ? "collection" : compileOrder(this.definition, query.orderBy);
      return this.entries(await this.select(this.selection(query.where, { order, limit })));
    });
  }

  private select(selection: Selection): MaybePromise<KeyedValue[]> {
    return selection.limit === 0 ? [] : this.host.reads.select(this.definition, selection);
  }

  page(query: PageQuery<V>): Promise<Page<V>> {
    return this.run("page", query, async () => {
      const { definition } = this;
      checkOptions(definition, "page", query);
      const limit = checkLimit(definition, query.limit, 1);
      if (limit === undefined) return refuseQuery(definition, "page() needs a limit");
      const order = compileOrder(definition, query.orderBy ?? [{ field: "$key" }]);
      const after =
        query.cursor === undefined ? undefined : decodeCursor(definition, order, query.cursor);
      // One record more than asked for tells whether there is a next page.
      const found = await this.select(
        this.selection(query.where, { order, after, limit: limit + 1 }),
      );
      const entries = found.slice(0, limit);
      const last = found.length > limit ? entries.at(-1) : undefined;
      const next =
        last && encodeCursor(definition, order, orderValues(order, last.key, last.value));
      return { entries: this.entries(entries), next };
    });
  }

  count(where?: Filter<V>, options?: CallOptions): Promise<number> {
    return this.run("count", options, () =>
      this.host.reads.count(this.definition, this.selection(where)),
    );
  }

  aggregate(query: AggregateQuery<V>): Promise<AggregateRow[]> {
    return this.run("aggregate", query, () => {
      checkOptions(this.definition, "aggregate", query);
      const plan = compileAggregate(this.definition, query);
      return this.host.reads.aggregate(this.definition, this.selection(query.where), plan);
    });
  }

  search(words: string, query: SearchQuery<V> = {}): Promise<Entry<V>[]> {
    return this.run("search", query, async () => {
      checkOptions(this.definition, "search", query);
      const limit = checkLimit(this.definition, query.limit);
      const search = compileSearch(this.definition, words, query.prefix ?? false);
      const order = query.order ?? "collection";
      if (order !== "collection" && order !== "relevance") {
        refuseQuery(this.definition, 'the order of a search must be "collection" or "relevance"');
      }
      if (order === "relevance" && !this.host.capabilities.relevance) {
        throw new StorageError("NOT_SUPPORTED", "this backend cannot order a search by relevance");
      }
      const selection = this.selection(query.where, { search, order, limit });
      return search.tokens.length === 0 ? [] : this.entries(await this.select(selection));
    });
  }

  deleteExpired(nowMs: number = this.host.nowMs(), options?: CallOptions): Promise<number> {
    return this.run("deleteExpired", options, async () => {
      if (!Number.isFinite(nowMs))
        refuseQuery(this.definition, "deleteExpired takes milliseconds since 1970");
      if (this.definition.expiry === undefined) return 0;
      const operation = {
        type: "deleteExpired",
        collection: this.definition,
        atMs: nowMs,
      } as const;
      return (await this.writeOne(operation, options)).count;
    });
  }
}
