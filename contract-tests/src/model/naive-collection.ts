import {
  type AggregateQuery,
  type AggregateRow,
  type Collection,
  type Entries,
  type Entry,
  type ErrorCode,
  type Filter,
  isJsonObject,
  type IterateQuery,
  type JsonValue,
  type Page,
  type PageQuery,
  type Query,
  type SearchQuery,
  type VersionedEntry,
  type WriteOptions,
} from "@cutover/core";
import { copyOf } from "./copy.ts";
import { aggregated } from "./naive-aggregate.ts";
import { isGone, type NaiveRecord, type Seen } from "./naive-field.ts";
import { comparePlaces, passes, placeOf } from "./naive-query.ts";
import { digest, NaiveRecords, refuse } from "./naive-records.ts";
import { hasWords, wordsOf } from "./naive-search.ts";
import { trusted } from "../proof/trusted.ts";

/** One collection by the letter of the contract, in arrays, with no thought for speed. */
export class NaiveCollection extends NaiveRecords implements Collection {
  /** A call that the contract refuses. */
  refused(code: ErrorCode): Promise<never> {
    return this.guard(() => refuse(code));
  }

  get(key: string): Promise<JsonValue | undefined> {
    return this.guard(() => this.at(key)?.value);
  }

  getMany(keys: readonly string[]): Promise<Map<string, JsonValue>> {
    return this.guard(() => {
      const found = keys.map((key) => this.at(key)).filter((record) => record !== undefined);
      return new Map(found.map((record) => [record.key, record.value]));
    });
  }

  has(key: string): Promise<boolean> {
    return this.guard(() => this.at(key) !== undefined);
  }

  entry(key: string): Promise<VersionedEntry | undefined> {
    return this.guard(() => {
      const record = this.at(key);
      return record && { ...record, version: digest(record.value) };
    });
  }

  insert(key: string, value: JsonValue): Promise<void> {
    return this.write(() => {
      const checked = this.checked(key, value);
      this.writeOne(key, { insert: true, make: () => checked });
    });
  }

  put(key: string, value: JsonValue, options?: WriteOptions): Promise<void> {
    return this.write(() => {
      const checked = this.checked(key, value);
      this.writeOne(key, { ifVersion: options?.ifVersion, make: () => checked });
    });
  }

  patch(key: string, members: JsonValue, options?: WriteOptions): Promise<JsonValue> {
    return this.write(() => {
      const patch = copyOf(members);
      if (!isJsonObject(patch)) return refuse("INVALID_VALUE");
      const make = (current: JsonValue = {}): JsonValue =>
        isJsonObject(current) ? { ...current, ...patch } : refuse("INVALID_VALUE");
      return this.writeOne(key, { ifVersion: options?.ifVersion, make });
    });
  }

  update(key: string, change: (current: JsonValue | undefined) => JsonValue): Promise<JsonValue> {
    return this.write(() =>
      this.writeOne(key, {
        make: (current) => change(current === undefined ? undefined : copyOf(current)),
      }),
    );
  }

  delete(key: string, options?: WriteOptions): Promise<boolean> {
    return this.write(() => this.deleteOne(key, options?.ifVersion));
  }

  clear(): Promise<number> {
    return this.write(() => {
      const count = this.state.records.length;
      this.set([]);
      return count;
    });
  }

  replaceAll(entries: Entries): Promise<void> {
    return this.write(() => {
      const last = [...new Map(this.checkedAll(entries))];
      this.set([]);
      if (this.definition.order === "prepend") last.reverse();
      for (const [key, value] of last) this.writeOne(key, { make: () => value });
    });
  }

  putMany(entries: Entries): Promise<void> {
    return this.write(() => {
      for (const [key, value] of this.checkedAll(entries))
        this.writeOne(key, { make: () => value });
    });
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.write(() => keys.filter((key) => this.deleteOne(key)).length);
  }

  private matching(where: Filter = {}): NaiveRecord[] {
    return this.live().filter((record) => passes(this.definition, where, record));
  }

  find({ where, orderBy, limit }: Query = {}): Promise<Entry[]> {
    return this.guard(() => {
      const found = this.matching(where);
      if (orderBy !== undefined) this.sort(found, orderBy);
      return found.slice(0, limit);
    });
  }

  private sort(found: NaiveRecord[], orderBy: NonNullable<Query["orderBy"]>): void {
    const place = (record: NaiveRecord): Seen[] => placeOf(this.definition, orderBy, record);
    found.sort((left, right) => comparePlaces(orderBy, place(left), place(right)));
  }

  /** The model's cursor is the place where the page ended, as JSON. */
  page({ where, orderBy = [], limit, cursor }: PageQuery): Promise<Page> {
    return this.guard(() => {
      const place = (record: NaiveRecord): Seen[] => placeOf(this.definition, orderBy, record);
      const after = cursor === undefined ? undefined : trusted<Seen[]>(JSON.parse(cursor)); // its own words
      const found = this.matching(where).filter(
        (record) => after === undefined || comparePlaces(orderBy, place(record), after) > 0,
      );
      this.sort(found, orderBy);
      const entries = found.slice(0, limit);
      const last = found.length > limit ? entries.at(-1) : undefined;
      return { entries, next: last && JSON.stringify(place(last)) };
    });
  }

  count(where?: Filter): Promise<number> {
    return this.guard(() => this.matching(where).length);
  }

  aggregate(query: AggregateQuery): Promise<AggregateRow[]> {
    return this.guard(() => aggregated(this.definition, query, this.matching(query.where)));
  }

  search(text: string, { where, limit, prefix = false }: SearchQuery = {}): Promise<Entry[]> {
    return this.guard(() => {
      if (this.definition.search.length === 0) refuse("INVALID_QUERY");
      const words = wordsOf(text);
      if (words.length === 0) return [];
      return this.matching(where)
        .filter(({ value }) => hasWords(this.definition, value, { words, prefix }))
        .slice(0, limit);
    });
  }

  deleteExpired(nowMs: number = this.now()): Promise<number> {
    return this.write(() => this.drop(({ value }) => isGone(this.definition, value, nowMs)));
  }

  async *iterate({ where }: IterateQuery = {}): AsyncIterableIterator<Entry> {
    yield* await this.guard(() => this.matching(where));
  }
}
