import {
  type CollectionDefinition,
  type CollectionOperations,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  StorageError,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import {
  searchCollection,
  searchSources,
  type SearchSource,
} from "../records/store-collections.ts";

/** What {@link SearchCacheRepository} accepts. */
export interface SearchCacheOptions {
  /** The present, in milliseconds since 1970: the storage's own clock. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Expired answers are cleared away at most this often, in milliseconds. Default: one hour. */
  readonly cleanupEveryMs?: number;
}

/** How long an answer is kept. */
export interface CacheLifetime {
  /** Seconds until the answer is gone; null is for ever. Default: null. */
  readonly ttlSeconds?: number | null;
}

const oneHourMs = 3_600_000;
const endMember = "expires_at";

/**
 * Answers of searches by source and key. They last until they are told otherwise: one that is
 * given a lifetime carries its end in the member `expires_at` (seconds since 1970), is not there
 * from that moment on, and is cleared away with one of the next writes.
 */
export class SearchCacheRepository {
  readonly #access: StoreAccess;
  readonly #clock: () => number;
  readonly #cleanupEveryMs: number;
  #cleanedMs = -Infinity;

  constructor(access: StoreAccess, options: SearchCacheOptions = {}) {
    this.#access = access;
    this.#clock = options.clock ?? Date.now;
    this.#cleanupEveryMs = options.cleanupEveryMs ?? oneHourMs;
  }

  #answers(source: SearchSource): CollectionOperations {
    return this.#access.collection(searchCollection(source));
  }

  /** The answer exactly as it was stored; undefined where there is none or it has expired. */
  async get(source: SearchSource, key: string): Promise<JsonObject | undefined> {
    const value = await this.#answers(source).get(key);
    return isJsonObject(value) ? value : undefined;
  }

  /** Stores an answer; one that was there keeps its place, and its lifetime ends with it. */
  async set(
    source: SearchSource,
    key: string,
    { record, ttlSeconds = null }: CacheLifetime & { readonly record: JsonObject },
  ): Promise<void> {
    const value =
      ttlSeconds === null ? record : { ...record, [endMember]: this.#endAfter(ttlSeconds) };
    await this.#answers(source).put(key, value);
    await this.#cleanNowAndThen();
  }

  #endAfter(ttlSeconds: number): number {
    if (Number.isFinite(ttlSeconds) && ttlSeconds >= 0) return this.#clock() / 1000 + ttlSeconds;
    throw new StorageError("INVALID_VALUE", "a lifetime is a number of seconds from 0, or null");
  }

  /** All answers of a source by key, in the order in which the keys were first stored. */
  async getAll(source: SearchSource): Promise<Map<string, JsonValue>> {
    const entries = await this.#answers(source).find();
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  count(source: SearchSource): Promise<number> {
    return this.#answers(source).count();
  }

  /** Full-text search in the queries. @returns answers by key */
  async searchText(source: SearchSource, words: string): Promise<Map<string, JsonValue>> {
    const entries = await this.#answers(source).search(words);
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  /** @returns whether there was such an answer */
  delete(source: SearchSource, key: string): Promise<boolean> {
    return this.#answers(source).delete(key);
  }

  /** @returns how many answers were stored */
  clear(source: SearchSource): Promise<number> {
    return this.#answers(source).clear();
  }

  /**
   * Clears away what has expired, of all sources. What has no lifetime is never touched.
   * @param nowMs - default: the clock
   * @returns how many answers went
   */
  async cleanupExpired(nowMs: number = this.#clock()): Promise<number> {
    let removed = 0;
    for (const source of searchSources) removed += await this.#removeExpired(source, nowMs);
    this.#cleanedMs = nowMs;
    return removed;
  }

  async #removeExpired(source: SearchSource, nowMs: number): Promise<number> {
    const definition: CollectionDefinition = searchCollection(source);
    return this.#access.collection(definition).deleteExpired(nowMs);
  }

  async #cleanNowAndThen(): Promise<void> {
    if (this.#clock() - this.#cleanedMs >= this.#cleanupEveryMs) await this.cleanupExpired();
  }
}
