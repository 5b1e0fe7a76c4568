import type { JsonObject } from "@cutover/core";
import { protectedMembers } from "../models/merge-model.ts";
import { baseName } from "../names/model-name.ts";
import { textMember } from "../records/stored-object.ts";
import type { Repositories, Stores } from "../stores/stores.ts";

/**
 * Under which key a request's name is saved: the record that is there under the whole name, else
 * the one of its basename, unless that is another folder's. A new record gets the basename, as in
 * the original.
 */
async function saveKey({ models }: Repositories, name: string): Promise<string> {
  const base = baseName(name);
  if (base === name || base === "" || (await models.get(name)) !== undefined) return name;
  const owner = textMember(await models.get(base), "filename");
  return owner === undefined || owner === base || owner === name ? base : name;
}

/** What to save in a model's record. */
export interface ModelChange {
  /** @param filename - `filename` of a record that is new; one that is there keeps its own */
  readonly patch: (filename: string) => JsonObject;
  /** True to write over a `user_url` that is there. */
  readonly setsUserUrl: boolean;
}

/** {@link saveModel} as part of a transaction. */
export async function saveModelInside(
  inside: Repositories,
  name: string,
  { patch, setsUserUrl }: ModelChange,
): Promise<JsonObject> {
  const protect = setsUserUrl ? ["filename"] : [...protectedMembers, "filename"];
  const key = await saveKey(inside, name);
  // A bare name may mean the one record that has it in a folder.
  return inside.models.merge(key, patch(key), { protect, resolve: key === name });
}

/** Merges what a request says into the model it names, as one step. @returns the record as it now is */
export async function saveModel(
  stores: Stores,
  name: string,
  change: ModelChange,
): Promise<JsonObject> {
  return stores.atomically((inside) => saveModelInside(inside, name, change));
}
