import {
  type CollectionDefinition,
  defineCollection,
  type JsonObject,
  setMember,
  type StorageBackend,
  StorageError,
} from "@cutover/core";
import { storeCollection } from "../records/store-collections.ts";

/** A JSON file whose records stand inside a document. */
export type WrappedStore = "model_catalog" | "model_aliases";

const documentOf = (store: WrappedStore): CollectionDefinition =>
  defineCollection({
    name: `${store}_document`,
    file: { path: storeCollection(store).file.path },
  });

/**
 * The members of the documents, as collections of their own. In a JSON folder they are the files
 * themselves, so they need a storage beside the one that has the records; in a database they are
 * two small tables.
 */
export const documentCollections: Readonly<Record<WrappedStore, CollectionDefinition>> = {
  model_catalog: documentOf("model_catalog"),
  model_aliases: documentOf("model_aliases"),
};

/** The document that the application brings along; undefined where there is none. */
export type ReadSeed = () => Promise<JsonObject | undefined>;

/**
 * What stands around a store's records in its document, such as its version. In a JSON folder it is
 * read and written in the file. A database starts with what the file says, which stays where it is,
 * and keeps what is written from then on itself. While the records move from one store to another,
 * their documents stay as they are: two stores cannot both have them.
 */
export class WrapperMembers {
  readonly #storage: StorageBackend | undefined;
  readonly #store: WrappedStore;
  readonly #definition: CollectionDefinition;
  readonly #recordsMember: string;
  readonly #readSeed: ReadSeed;

  /** @param storage - undefined while the records move */
  constructor(storage: StorageBackend | undefined, store: WrappedStore, readSeed: ReadSeed) {
    this.#storage = storage;
    this.#store = store;
    this.#definition = documentCollections[store];
    this.#recordsMember = storeCollection(store).file.at[0] ?? "";
    this.#readSeed = readSeed;
  }

  get #isOther(): { readonly $key: { readonly ne: string } } {
    return { $key: { ne: this.#recordsMember } };
  }

  /** @returns undefined when there is no document */
  async read(): Promise<JsonObject | undefined> {
    const storage = this.#storage;
    if (storage === undefined) return this.#seed();
    const entries = await storage.collection(this.#definition).find({ where: this.#isOther });
    if (entries.length > 0) return membersOf(entries);
    return (await this.#existsIn(storage)) ? {} : this.#seed();
  }

  async #existsIn(storage: StorageBackend): Promise<boolean> {
    const { collections } = await storage.info();
    return collections.some(({ name, exists }) => name === this.#definition.name && exists);
  }

  async #seed(): Promise<JsonObject | undefined> {
    const document = await this.#readSeed();
    if (document === undefined) return undefined;
    const { [this.#recordsMember]: _, ...members } = document;
    return members;
  }

  /**
   * Makes the members exactly these, as one step; the records are not touched.
   * @throws StorageError STAGE_REFUSED while the records move
   */
  async replace(members: JsonObject): Promise<void> {
    const storage = this.#storage;
    if (storage === undefined) throw isMoving(this.#store);
    const { [this.#recordsMember]: _, ...others } = members;
    await storage.transaction(async (tx) => {
      const document = tx.collection(this.#definition);
      const stored = await document.find({ where: this.#isOther });
      const gone = stored.map(({ key }) => key).filter((key) => !Object.hasOwn(others, key));
      await document.deleteMany(gone);
      await document.putMany(Object.entries(others));
      // A document without any members is one all the same.
      if (Object.keys(others).length === 0 && (await document.count()) === 0)
        await document.clear();
    });
  }
}

function isMoving(store: WrappedStore): StorageError {
  return new StorageError(
    "STAGE_REFUSED",
    `the document of ${store} cannot be changed while its records move to another store; nothing ` +
      "was changed",
    { collection: store, nextCommand: "cutover status" },
  );
}

function membersOf(
  entries: readonly { readonly key: string; readonly value: JsonObject[string] }[],
): JsonObject {
  const members: Record<string, JsonObject[string]> = {};
  for (const { key, value } of entries) setMember(members, key, value);
  return members;
}
