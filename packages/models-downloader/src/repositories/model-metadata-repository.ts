import {
  type CollectionOperations,
  type Entry,
  type Filter,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type OrderBy,
  type SearchQuery,
  StorageError,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import { findModel, resolveModelKey } from "../models/find-model.ts";
import {
  downloadedModel,
  mergedModel,
  type MergeRules,
  replacedModel,
} from "../models/merge-model.ts";
import {
  reconcileModels,
  type ReconcileOptions,
  type ReconcileReport,
} from "../models/reconcile-models.ts";
import { storeCollection } from "../records/store-collections.ts";
import { storedObject } from "../records/stored-object.ts";
import type { Redaction } from "../secrets/redaction.ts";

const definition = storeCollection("model_metadata");

/** How a merge or a replacement finds its record. */
export interface WriteTarget {
  /**
   * Write to the record that is meant: the one of exactly this key, else of its basename, else the
   * only one with this basename. Default: false, which takes the key as it is.
   */
  readonly resolve?: boolean;
}

/** A URL that a user chose for a model. */
export interface UserUrl {
  readonly url: string;
  /** Local time to the second, as the application writes it. */
  readonly updatedAt: string;
  /** What else was found out about the URL. Default: nothing. */
  readonly details?: JsonObject;
}

/** How many records there are of one kind. */
export type CountBy = Map<string | null, number>;

/** What is known of models, by file name, with or without folders. */
export class ModelMetadataRepository {
  readonly #access: StoreAccess;
  readonly #redaction: Redaction;

  /** @param redaction - takes secrets out of what is stored */
  constructor(access: StoreAccess, redaction: Redaction) {
    this.#access = access;
    this.#redaction = redaction;
  }

  get #models(): CollectionOperations {
    return this.#access.collection(definition);
  }

  /** The record of exactly this key. @throws StorageError CORRUPT_DATA when it is no object */
  async get(key: string): Promise<JsonObject | undefined> {
    return storedObject(await this.#models.get(key), { store: definition.name, key });
  }

  /** The record of this key, else of its basename; an empty record counts as none. */
  async getByKeyOrBasename(name: string): Promise<JsonObject | undefined> {
    return (await findModel(this.#models, name, { ignoreCase: false }))?.record;
  }

  /**
   * The record of this key, else of its basename, else the first one in the store whose basename
   * is the same but for case; an empty record counts as none.
   */
  async find(name: string): Promise<JsonObject | undefined> {
    return (await findModel(this.#models, name, { ignoreCase: true }))?.record;
  }

  /**
   * Merges members into a record as one step, creating it where there is none. Null and empty text
   * are left out, and a `user_url` that is there stays, unless the rules say otherwise.
   * @returns the record as it now is
   */
  async merge(
    key: string,
    patch: JsonObject,
    rules: MergeRules & WriteTarget = {},
  ): Promise<JsonObject> {
    const clean = (await this.#redaction())(patch);
    const change = (current: JsonObject | undefined): JsonObject =>
      mergedModel(current, clean, rules);
    return rules.resolve === true ? this.#changeResolved(key, change) : this.#change(key, change);
  }

  async #change(
    key: string,
    change: (current: JsonObject | undefined) => JsonObject,
  ): Promise<JsonObject> {
    const place = { store: definition.name, key };
    const written = await this.#models.update(key, (current) =>
      change(storedObject(current, place)),
    );
    return storedObject(written, place) ?? {};
  }

  #changeResolved(
    name: string,
    change: (current: JsonObject | undefined) => JsonObject,
  ): Promise<JsonObject> {
    return this.#access.atomically(async (access) => {
      const key = (await resolveModelKey(access.collection(definition), name)) ?? name;
      return new ModelMetadataRepository(access, this.#redaction).#change(key, change);
    });
  }

  /**
   * Notes a finished download: where it came from replaces what was known of that, all else stays.
   * @param name - as requested, with its folder; the record that is meant by it is found
   * @returns the record as it now is
   */
  async recordDownload(name: string, download: JsonObject): Promise<JsonObject> {
    const clean = (await this.#redaction())(download);
    return this.#changeResolved(name, (current) => downloadedModel(current, clean));
  }

  /** Merges into many records as one step. @returns the records as they now are, by key */
  async mergeMany(
    patches: Iterable<readonly [string, JsonObject]>,
    rules: MergeRules = {},
  ): Promise<Map<string, JsonObject>> {
    const redact = await this.#redaction();
    const clean = Array.from(patches, ([key, patch]) => [key, redact(patch)] as const);
    const merged = new Map<string, JsonObject>();
    if (clean.length === 0) return merged;
    return this.#access.atomically(async (access) => {
      merged.clear();
      const models = access.collection(definition);
      const stored = await models.getMany(clean.map(([key]) => key));
      for (const [key, patch] of clean) {
        const current = storedObject(stored.get(key), { store: definition.name, key });
        merged.set(key, mergedModel(merged.get(key) ?? current, patch, rules));
      }
      await models.putMany(merged);
      return merged;
    });
  }

  /**
   * Makes a record anew as one step.
   * @param preserve - members that the old record keeps where the new one has none. Default:
   *   `user_url`
   */
  async replace(
    key: string,
    record: JsonObject,
    preserve: readonly string[] = ["user_url"],
  ): Promise<JsonObject> {
    const clean = (await this.#redaction())(record);
    return this.#change(key, (current) => replacedModel(current, clean, preserve));
  }

  /** Sets the URL that a user chose, over an earlier one, in the record that is meant. */
  setUserUrl(
    name: string,
    { url, updatedAt, details = {} }: UserUrl,
    target: WriteTarget = { resolve: true },
  ): Promise<JsonObject> {
    const patch = { ...details, user_url: url, updated_at: updatedAt };
    return this.merge(name, patch, { ...target, protect: [] });
  }

  /** All records, in the order in which they were first stored. */
  async getAll(): Promise<Map<string, JsonValue>> {
    const entries = await this.#models.find();
    return new Map(entries.map(({ key, value }) => [key, value]));
  }

  /** Streams all records in bounded memory. */
  iterate(): AsyncIterable<Entry> {
    return this.#access.iterate(definition);
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.iterate()) keys.push(key);
    return keys;
  }

  count(where?: Filter): Promise<number> {
    return this.#models.count(where);
  }

  /**
   * Takes over the result of a scan as one step, without losing what was written while it ran:
   * every record is compared with what the scan had read.
   * @param scanned - the scan's records
   */
  async bulkReconcile(
    scanned: ReadonlyMap<string, JsonObject>,
    options: ReconcileOptions,
  ): Promise<ReconcileReport> {
    const redact = await this.#redaction();
    const clean = new Map(Array.from(scanned, ([key, record]) => [key, redact(record)]));
    return this.#access.atomically((access) =>
      reconcileModels(access.collection(definition), clean, options),
    );
  }

  /** Makes the store exactly these records, in this order. */
  async replaceAll(records: Iterable<readonly [string, JsonValue]>): Promise<void> {
    const redact = await this.#redaction();
    await this.#models.replaceAll(
      Array.from(records, ([key, value]) => [key, isJsonObject(value) ? redact(value) : value]),
    );
  }

  /** @returns whether there was such a record */
  delete(key: string): Promise<boolean> {
    return this.#models.delete(key);
  }

  /**
   * Gives a record another key; a `filename` that repeats the old one follows. It then comes last.
   * @returns whether there was such a record
   * @throws StorageError ALREADY_EXISTS when the new key is taken
   */
  rename(from: string, to: string): Promise<boolean> {
    return this.#access.atomically(async (access) => {
      const models = access.collection(definition);
      const value = await models.get(from);
      if (value === undefined || from === to) return value !== undefined;
      await models.delete(from);
      const follows = isJsonObject(value) && value["filename"] === from;
      await models.insert(to, follows ? { ...value, filename: to } : value);
      return true;
    });
  }

  /** The first record with this SHA-256, in hex of either case. */
  async getByHash(sha256: string): Promise<Entry | undefined> {
    const forms = [...new Set([sha256, sha256.toLowerCase(), sha256.toUpperCase()])];
    const [found] = await this.#models.find({ where: { sha256_hash: { in: forms } }, limit: 1 });
    return found;
  }

  /**
   * Records by any declared member.
   * @throws StorageError INVALID_QUERY for any other name: names never reach the database unchecked
   */
  search(
    where: Filter,
    options: { readonly limit?: number; readonly orderBy?: readonly OrderBy[] } = {},
  ): Promise<Entry[]> {
    return this.#models.find({ where, ...options });
  }

  /** Full-text search in file names, model names and descriptions. */
  searchText(words: string, query?: SearchQuery): Promise<Entry[]> {
    return this.#models.search(words, query);
  }

  /** How many records there are of each value of a member; null gathers those without. */
  async countBy(
    member: "source" | "url_source" | "type" | "model_type" | "base_model",
  ): Promise<CountBy> {
    const rows = await this.#models.aggregate({ groupBy: [member] });
    return new Map(rows.map(({ group, count }) => [groupName(group[member]), count]));
  }
}

function groupName(value: unknown): string | null {
  if (value === null || typeof value === "string") return value;
  throw new StorageError("CORRUPT_DATA", "a group of text is named by something else");
}
