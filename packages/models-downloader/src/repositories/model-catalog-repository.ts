import {
  type CollectionOperations,
  type Entry,
  type Filter,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import type { StoreAccess } from "../access/store-access.ts";
import type { WrapperMembers } from "../documents/wrapper-members.ts";
import { normalisedName } from "../names/model-name.ts";
import { similarity } from "../names/similarity.ts";
import { storeCollection } from "../records/store-collections.ts";

const definition = storeCollection("model_catalog");

/** Names less alike than this are not taken for each other. */
export const similarityThreshold = 0.7;

/** A catalogued model. Entries may hold more members than these. */
export interface CatalogEntry extends JsonObject {
  readonly filename: string;
}

/** How a name was recognised. */
export type CatalogMatchKind = "exact" | "normalised" | "similar";

/** A catalogued model that was looked up. */
export interface CatalogMatch {
  readonly entry: JsonObject;
  readonly kind: CatalogMatchKind;
  /** From 0 to 1. */
  readonly similarity: number;
}

/** What stands around the models. */
const emptyWrapper: JsonObject = { version: "1.0.0" };

/** The curated models, in the order in which they were added, and the document around them. */
export class ModelCatalogRepository {
  readonly #access: StoreAccess;
  readonly #wrapper: WrapperMembers;

  constructor(access: StoreAccess, wrapper: WrapperMembers) {
    this.#access = access;
    this.#wrapper = wrapper;
  }

  get #models(): CollectionOperations {
    return this.#access.collection(definition);
  }

  async #objects(): Promise<JsonObject[]> {
    return (await this.#models.find()).map(({ value }) => value).filter(isObject);
  }

  /** The entry of a file name, as {@link ModelCatalogRepository.match} finds it. */
  async lookup(filename: string): Promise<JsonObject | undefined> {
    return (await this.match(filename))?.entry;
  }

  /**
   * The entry of a name: the same but for case, else the same when spelt plainly, else the most
   * alike one from 0.7 on; of several the first.
   */
  async match(filename: string): Promise<CatalogMatch | undefined> {
    const exact = await this.#models.get(filename === "" ? " " : filename);
    if (isJsonObject(exact)) return { entry: exact, kind: "exact", similarity: 1 };
    return bestMatch(filename, await this.#objects());
  }

  /** Adds an entry at the end, in place of those whose name is the same but for case, as one step. */
  add(entry: CatalogEntry): Promise<void> {
    return this.#access.atomically(async (access) => {
      const models = access.collection(definition);
      const wanted = entry.filename.toLowerCase();
      const all = await models.find();
      const same = all.filter(({ key }) => key.toLowerCase() === wanted);
      await models.deleteMany(same.map(({ key }) => key));
      await models.put(entry.filename, entry);
    });
  }

  /** @returns whether there was an entry of exactly this name */
  delete(filename: string): Promise<boolean> {
    return this.#models.delete(filename);
  }

  getByType(type: string): Promise<JsonValue[]> {
    return this.find({ model_type: type });
  }

  /** Entries by any declared member, in catalogue order. */
  async find(where: Filter): Promise<JsonValue[]> {
    return (await this.#models.find({ where })).map(({ value }) => value);
  }

  /** Full-text search in the file names. */
  searchText(words: string): Promise<Entry[]> {
    return this.#models.search(words);
  }

  async getAll(): Promise<JsonValue[]> {
    return (await this.#models.find()).map(({ value }) => value);
  }

  async listNames(): Promise<string[]> {
    return (await this.#models.find()).map(({ key }) => key);
  }

  count(where?: Filter): Promise<number> {
    return this.#models.count(where);
  }

  /** Makes the catalogue exactly these entries, in this order. */
  async replaceAll(entries: Iterable<CatalogEntry>): Promise<void> {
    await this.#models.replaceAll(Array.from(entries, (entry) => [entry.filename, entry] as const));
  }

  /** What stands around the models: version, description, date; a version where there is nothing. */
  async getMeta(): Promise<JsonObject> {
    return (await this.readDocument()) ?? emptyWrapper;
  }

  /** As {@link ModelCatalogRepository.getMeta}, and undefined where there is no document. */
  readDocument(): Promise<JsonObject | undefined> {
    return this.#wrapper.read();
  }

  /** Makes the members around the models exactly these. */
  setMeta(members: JsonObject): Promise<void> {
    return this.#wrapper.replace(members);
  }

  /** The whole document, as its file has it. */
  async getDocument(): Promise<JsonObject> {
    return { ...(await this.getMeta()), models: await this.getAll() };
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return isJsonObject(value);
}

const nameOf = (entry: JsonObject): string =>
  typeof entry["filename"] === "string" ? entry["filename"] : "";

function bestMatch(filename: string, entries: readonly JsonObject[]): CatalogMatch | undefined {
  const lower = filename.toLowerCase();
  const exact = entries.find((entry) => nameOf(entry).toLowerCase() === lower);
  if (exact !== undefined) return { entry: exact, kind: "exact", similarity: 1 };
  const plain = normalisedName(filename);
  if (plain === "") return undefined;
  let best: CatalogMatch | undefined;
  for (const entry of entries) {
    const other = normalisedName(nameOf(entry));
    if (other === plain) return { entry, kind: "normalised", similarity: 1 };
    const alike = similarity(plain, other);
    if (alike >= similarityThreshold && alike > (best?.similarity ?? 0))
      best = { entry, kind: "similar", similarity: alike };
  }
  return best;
}
