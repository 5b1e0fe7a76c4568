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
import type { Selection } from "../query/selection.ts";
import type { JsonValue } from "../values/json.ts";
import { checkKey } from "../values/key.ts";
import { versionOf } from "../values/version.ts";
import { chain } from "./chain.ts";
import type { CallName, OperationHost } from "./operation-host.ts";
import type {
  AggregateQuery,
  CallOptions,
  Entry,
  Page,
  PageQuery,
  Query,
  SearchQuery,
  VersionedEntry,
} from "./storage-backend.ts";
import type { MaybePromise } from "./storage-driver.ts";
import { typedAnswer, typedFound, typedMap, typedValue } from "./typed.ts";

/** The reads of a collection, derived once for all adapters: questions are checked here and answered by the host. */
export class CollectionReader<V extends JsonValue> {
  readonly definition: CollectionDefinition<V>;
  protected readonly host: OperationHost;
  /** Made once: `get` is what is called most. */
  private readonly getName: CallName;

  constructor(definition: CollectionDefinition<V>, host: OperationHost) {
    this.definition = definition;
    this.host = host;
    this.getName = { operation: "get", collection: definition.name };
  }

  protected run<T>(
    operation: string,
    options: CallOptions | undefined,
    work: () => MaybePromise<T>,
  ): Promise<T> {
    const name: CallName = { operation, collection: this.definition.name };
    return this.host.run(name, options, work);
  }

  /** The present, for expiry; where nothing expires, nobody asks the clock. */
  private nowMs(): number {
    return this.definition.expiry === undefined ? 0 : this.host.nowMs();
  }

  protected selection(where: unknown, rest: Partial<Selection> = {}): Selection {
    return {
      predicate: where === undefined ? undefined : compileFilter(this.definition, where),
      search: undefined,
      order: "collection",
      after: undefined,
      limit: undefined,
      nowMs: this.nowMs(),
      ...rest,
    };
  }

  get(key: string, options?: CallOptions): Promise<V | undefined> {
    return this.host.run(this.getName, options, () =>
      typedAnswer(this.host.reads.get(this.definition, checkKey(key), this.nowMs())),
    );
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<Map<string, V>> {
    return this.run("getMany", options, () => {
      const distinct = [...new Set(keys.map(checkKey))];
      return typedMap(this.host.reads.getMany(this.definition, distinct, this.nowMs()));
    });
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.run("has", options, () =>
      chain(
        this.host.reads.get(this.definition, checkKey(key), this.nowMs()),
        (value) => value !== undefined,
      ),
    );
  }

  entry(key: string, options?: CallOptions): Promise<VersionedEntry<V> | undefined> {
    return this.run("entry", options, async () => {
      const value = await this.host.reads.get(this.definition, checkKey(key), this.nowMs());
      return value === undefined
        ? undefined
        : { key, value: typedValue<V>(value), version: versionOf(value) };
    });
  }

  find(query: Query<V> = {}): Promise<Entry<V>[]> {
    return this.run("find", query, () => {
      checkOptions(this.definition, "find", query);
      const limit = checkLimit(this.definition, query.limit);
      const order =
        query.orderBy === undefined ? "collection" : compileOrder(this.definition, query.orderBy);
      return this.select(this.selection(query.where, { order, limit }));
    });
  }

  private select(selection: Selection): MaybePromise<Entry<V>[]> {
    return selection.limit === 0
      ? []
      : typedFound(this.host.reads.select(this.definition, selection));
  }

  page(query: PageQuery<V>): Promise<Page<V>> {
    return this.run("page", query, () => {
      const { definition } = this;
      checkOptions(definition, "page", query);
      const limit = checkLimit(definition, query.limit, 1);
      if (limit === undefined) return refuseQuery(definition, "page() needs a limit");
      const order = compileOrder(definition, query.orderBy ?? [{ field: "$key" }]);
      const after =
        query.cursor === undefined ? undefined : decodeCursor(definition, order, query.cursor);
      // One record more than asked for tells whether there is a next page.
      const found = this.select(this.selection(query.where, { order, after, limit: limit + 1 }));
      return chain(found, (more) => {
        const entries = more.slice(0, limit);
        const last = more.length > limit ? entries.at(-1) : undefined;
        const next =
          last && encodeCursor(definition, order, orderValues(order, last.key, last.value));
        return { entries, next };
      });
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
    return this.run("search", query, () => {
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
      return search.tokens.length === 0 ? [] : this.select(selection);
    });
  }
}
