import { createHash } from "node:crypto";
import {
  type AggregateQuery,
  type AggregateRow,
  type Collection,
  type CollectionDefinition,
  type Entries,
  type Entry,
  type ErrorCode,
  type Filter,
  type IterateQuery,
  type JsonValue,
  type Page,
  type PageQuery,
  type Query,
  type SearchQuery,
  StorageError,
  type StorageErrorDetails,
  type UniqueConstraint,
  type VersionedEntry,
  type WriteOptions,
} from "@cutover/core";
import { copyOf } from "./copy.ts";
import { aggregated } from "./naive-aggregate.ts";
import { isGone, type NaiveRecord, rawMember, type Seen, seenOf } from "./naive-field.ts";
import { comparePlaces, passes, placeOf } from "./naive-query.ts";
import { hasWords, wordsOf } from "./naive-search.ts";

/** The model's records of one collection, in their order. */
export interface NaiveState {
  records: readonly NaiveRecord[];
  exists: boolean;
}

/** Runs one call; a transaction uses it to notice failures. */
export type Guard = <T>(call: () => T) => Promise<T>;

interface Write {
  readonly insert?: boolean;
  readonly ifVersion?: string | undefined;
  readonly make: (current: JsonValue | undefined) => unknown;
}

const digest = (value: JsonValue): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22);

function refuse(code: ErrorCode, details: StorageErrorDetails = {}): never {
  throw new StorageError(code, "said by the model", details);
}

const isObject = (value: unknown): value is { readonly [member: string]: JsonValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One collection by the letter of the contract, in arrays, with no thought for speed. */
export class NaiveCollection implements Collection {
  readonly definition: CollectionDefinition;
  private readonly state: NaiveState;
  private readonly now: () => number;
  private readonly guard: Guard;

  constructor(definition: CollectionDefinition, state: NaiveState, outside: { readonly now: () => number; readonly guard: Guard }) {
    this.definition = definition;
    this.state = state;
    this.now = outside.now;
    this.guard = outside.guard;
  }

  private write<T>(work: () => T): Promise<T> {
    return this.guard(() => {
      const { records, exists } = this.state;
      try {
        return work();
      } catch (error) {
        Object.assign(this.state, { records, exists });
        throw error;
      }
    });
  }

  private gone(record: NaiveRecord): boolean {
    return isGone(this.definition, record.value, this.now());
  }

  private live(): NaiveRecord[] {
    return this.state.records.filter((record) => !this.gone(record));
  }

  private at(key: string): NaiveRecord | undefined {
    return this.live().find((record) => record.key === key);
  }

  private drop(test: (record: NaiveRecord) => boolean): number {
    const kept = this.state.records.filter((record) => !test(record));
    const count = this.state.records.length - kept.length;
    if (count > 0) this.set(kept);
    return count;
  }

  private set(records: readonly NaiveRecord[]): void {
    this.state.records = records;
    this.state.exists = true;
  }

  private checkVersion(key: string, ifVersion: string | undefined): void {
    if (ifVersion === undefined) return;
    const current = this.at(key);
    const currentVersion = current && digest(current.value);
    if (currentVersion !== ifVersion)
      refuse("VERSION_CONFLICT", currentVersion === undefined ? {} : { currentVersion });
  }

  private claim(constraint: UniqueConstraint, record: NaiveRecord): readonly Seen[] {
    return constraint.fields.map((field) => seenOf(field, record));
  }

  private checkUnique(record: NaiveRecord): void {
    for (const constraint of this.definition.unique) {
      const claim = this.claim(constraint, record);
      if (claim.includes(null)) continue;
      const clashes = (other: NaiveRecord): boolean =>
        other.key !== record.key &&
        JSON.stringify(this.claim(constraint, other)) === JSON.stringify(claim);
      if (this.live().some(clashes)) refuse("ALREADY_EXISTS", { constraint: constraint.name });
      this.drop((other) => clashes(other) && this.gone(other));
    }
  }

  /** What a caller hands in is refused before the store is looked at. */
  private checked(key: string, made: unknown): JsonValue {
    if (made === undefined) return refuse("INVALID_VALUE");
    const value = copyOf(made);
    const { keyMember } = this.definition;
    if (keyMember !== undefined && rawMember(value, keyMember) !== key) refuse("INVALID_VALUE");
    return value;
  }

  private checkedAll(entries: Entries): [string, JsonValue][] {
    return Array.from(entries, ([key, value]) => [key, this.checked(key, value)]);
  }

  private writeOne(key: string, { insert = false, ifVersion, make }: Write): JsonValue {
    this.drop((record) => record.key === key && this.gone(record));
    const current = this.at(key);
    if (insert && current !== undefined) refuse("ALREADY_EXISTS", { constraint: "key" });
    this.checkVersion(key, ifVersion);
    const value = this.checked(key, make(current?.value));
    const record = { key, value };
    this.checkUnique(record);
    const { records } = this.state;
    if (current !== undefined) this.set(records.map((one) => (one.key === key ? record : one)));
    else this.set(this.definition.order === "prepend" ? [record, ...records] : [...records, record]);
    return value;
  }

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
      if (!isObject(patch)) return refuse("INVALID_VALUE");
      const make = (current: JsonValue = {}): JsonValue =>
        isObject(current) ? { ...current, ...patch } : refuse("INVALID_VALUE");
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

  private deleteOne(key: string, ifVersion?: string): boolean {
    this.drop((record) => record.key === key && this.gone(record));
    this.checkVersion(key, ifVersion);
    return this.drop((record) => record.key === key) > 0;
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
      for (const [key, value] of this.checkedAll(entries)) this.writeOne(key, { make: () => value });
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
      const after = cursor === undefined ? undefined : (JSON.parse(cursor) as Seen[]); // its own words
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
