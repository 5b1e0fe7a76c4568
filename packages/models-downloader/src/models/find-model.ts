import {
  type CollectionOperations,
  type Entry,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@cutover/core";
import { baseName } from "../names/model-name.ts";
import { storedObject } from "../records/stored-object.ts";

/** A record with its key. */
export interface FoundModel {
  readonly key: string;
  readonly record: JsonObject;
}

/**
 * Characters that only their own ASCII letter becomes in lower case: the Kelvin sign becomes a `k`,
 * and a capital I with a dot becomes an `i` with one.
 */
const unmistakable = /[^kKiI\u{80}-\u{10ffff}]+/gu;

/** The longest part of a name that every spelling of it has, but for the case of A to Z. */
function surePart(base: string): string {
  const parts = base.match(unmistakable) ?? [];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
}

function filled(models: CollectionOperations, { key, value }: Entry): FoundModel | undefined {
  const record = storedObject(value, { store: models.definition.name, key });
  return record === undefined || Object.keys(record).length === 0 ? undefined : { key, record };
}

async function filledAt(
  models: CollectionOperations,
  key: string,
): Promise<FoundModel | undefined> {
  const value = key === "" ? undefined : await models.get(key);
  return value === undefined ? undefined : filled(models, { key, value });
}

/** Records whose key is the name, whatever its case, and others; in the order of the store. */
function candidates(models: CollectionOperations, base: string): Promise<Entry[]> {
  const part = surePart(base);
  return models.find(part === "" ? {} : { where: { $key: { containsIgnoreCase: part } } });
}

async function foundIgnoringCase(
  models: CollectionOperations,
  base: string,
): Promise<FoundModel | undefined> {
  const wanted = base.toLowerCase();
  if (wanted === "") return undefined;
  for (const { key, value } of await candidates(models, base)) {
    // Records of another shape are passed over: they are not the ones that were asked for by name.
    if (baseName(key).toLowerCase() !== wanted || !isJsonObject(value)) continue;
    const found = filled(models, { key, value });
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Finds a model's record: by key, then by the key's basename, then, if case is ignored, the first
 * in the store whose basename is the same but for case. An empty record counts as none.
 *
 * @throws StorageError CORRUPT_DATA when the record of the key or the basename is no object
 */
export async function findModel(
  models: CollectionOperations,
  name: string,
  { ignoreCase }: { readonly ignoreCase: boolean },
): Promise<FoundModel | undefined> {
  const base = baseName(name);
  return (
    (await filledAt(models, name)) ??
    (await filledAt(models, base)) ??
    (ignoreCase ? foundIgnoringCase(models, base) : undefined)
  );
}

/** True when a bare record may be this folder's file: no other folder's file has claimed it. */
function isOfFolder(value: JsonValue | undefined, name: string): boolean {
  const filename = isJsonObject(value) ? value["filename"] : undefined;
  const isBare = filename === undefined || filename === baseName(name);
  return isJsonObject(value) && (isBare || filename === name);
}

/**
 * The key of the record that a writer means by a name. A name with a folder means its own record,
 * else the bare one, unless that is another folder's. A bare name means the bare record, else the
 * only one with this basename: where several models share it, none of them is meant.
 */
export async function resolveModelKey(
  models: CollectionOperations,
  name: string,
): Promise<string | undefined> {
  const base = baseName(name);
  if (await models.has(name)) return name;
  if (base !== name)
    return base !== "" && isOfFolder(await models.get(base), name) ? base : undefined;
  const sameBase = await models.find({ where: { $key: { contains: `/${base}` } } });
  const keys = sameBase.map(({ key }) => key).filter((key) => baseName(key) === base);
  return keys.length === 1 ? keys[0] : undefined;
}
