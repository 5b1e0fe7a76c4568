import { createHash } from "node:crypto";
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  StorageError,
} from "@cutover/core";
import { accessTo } from "../access/store-access.ts";
import type { StoreName } from "../records/store-collections.ts";
import {
  searchCollection,
  searchSources,
  storeCollection,
  storeNames,
} from "../records/store-collections.ts";
import type { Stores } from "./stores.ts";

/** One store as plain JSON: everything that its file would hold. */
export interface StoreExport {
  readonly format: 1;
  readonly store: StoreName;
  /** False for a store that nothing was ever written to; an emptied one exists. */
  readonly exists: boolean;
  /** What stands around the records, of the two stores that are documents; null where there is none. */
  readonly document: JsonObject | null;
  /** Keys and values in the order of the store. */
  readonly records: readonly (readonly [key: string, value: JsonValue])[];
}

const format = 1;

function isStoreName(name: unknown): name is StoreName {
  return storeNames.some((known) => known === name);
}

async function storedDocument(stores: Stores, store: StoreName): Promise<JsonObject | undefined> {
  if (store === "model_catalog") return stores.catalog.readDocument();
  return store === "model_aliases" ? stores.aliases.readDocument() : undefined;
}

async function replaceDocument(
  stores: Stores,
  store: StoreName,
  members: JsonObject,
): Promise<void> {
  if (store === "model_catalog") await stores.catalog.setMeta(members);
  if (store === "model_aliases") await stores.aliases.setMeta(members);
}

/** Writes a store as plain JSON, losing nothing: order, absence, null and empty text included. */
export async function exportStore(stores: Stores, store: StoreName): Promise<StoreExport> {
  const collection = stores.storage.collection(storeCollection(store));
  const entries = await collection.find();
  const { collections } = await stores.storage.info();
  return {
    format,
    store,
    exists: collections.some(({ name, exists }) => name === store && exists),
    document: (await storedDocument(stores, store)) ?? null,
    records: entries.map(({ key, value }) => [key, value]),
  };
}

function damaged(what: string): StorageError {
  return new StorageError("CORRUPT_DATA", `the export ${what}; nothing was changed`);
}

function isRecord(item: unknown): item is readonly [string, JsonValue] {
  return Array.isArray(item) && item.length === 2 && typeof item[0] === "string";
}

/** Checks what was read from a file. @throws StorageError CORRUPT_DATA, FORMAT_TOO_NEW */
export function checkExport(value: JsonValue): StoreExport {
  if (!isJsonObject(value)) throw damaged("is no object");
  const { format: found, store, exists, document, records } = value;
  if (typeof found === "number" && found > format)
    throw new StorageError("FORMAT_TOO_NEW", "the export was written by a newer version");
  if (found !== format || !isStoreName(store) || typeof exists !== "boolean")
    throw damaged("has no format, store and exists");
  if (!Array.isArray(records) || !records.every(isRecord)) throw damaged("has no list of records");
  if (document !== null && !isJsonObject(document)) throw damaged("has no document");
  return { format, store, exists, document, records };
}

/**
 * Makes a store exactly what an export says, records as one step. A store that did not exist
 * becomes empty where it does by now: nothing can be made never to have been written to.
 *
 * @throws StorageError CORRUPT_DATA, FORMAT_TOO_NEW; then nothing was changed
 */
export async function importStore(stores: Stores, source: StoreExport): Promise<void> {
  const { store, exists, document, records } = source;
  const collection = stores.storage.collection(storeCollection(store));
  if (exists || (await collection.count()) > 0) await collection.replaceAll(records);
  if (document !== null) await replaceDocument(stores, store, document);
}

/**
 * Makes one application's stores exactly what those of another are, whatever either is on: records
 * in their order, what stands around them, and the caches of searches. Each store is one step.
 * Nobody may write to either meanwhile; an interrupted copy is begun again.
 *
 * @throws what reading the one and writing to the other throw
 */
export async function copyStores(from: Stores, to: Stores): Promise<void> {
  for (const store of storeNames) await importStore(to, await exportStore(from, store));
  for (const source of searchSources) {
    const cache = searchCollection(source);
    if (!(await accessTo(from.storage).exists(cache))) continue;
    const answers = await from.storage.collection(cache).find();
    await to.storage.collection(cache).replaceAll(answers.map(({ key, value }) => [key, value]));
  }
}

/**
 * Digest of a store's content: SHA-256 in hex over its records in their order, members in theirs,
 * and what stands around them. Equal on any backend exactly where the content is equal.
 */
export async function digest(stores: Stores, store: StoreName): Promise<string> {
  const hash = createHash("sha256");
  const document = await storedDocument(stores, store);
  hash.update(`${store}\n${canonicalJson(document ?? null)}\n`);
  for await (const { key, value } of stores.storage.collection(storeCollection(store)).iterate())
    hash.update(`${canonicalJson([key, value])}\n`);
  return hash.digest("hex");
}

/** {@link digest} of all stores together. */
export async function digestAll(stores: Stores): Promise<string> {
  const hash = createHash("sha256");
  for (const store of storeNames) hash.update(`${await digest(stores, store)}\n`);
  return hash.digest("hex");
}
