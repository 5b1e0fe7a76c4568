import { type CollectionDefinition, defineCollection, StorageError } from "@cutover/core";
import { modelsDownloader } from "cutover";

/** The eight stores, by the names of their tables. */
export type StoreName =
  | "settings"
  | "download_history"
  | "search_cache"
  | "usage_cache"
  | "node_metadata"
  | "model_metadata"
  | "model_catalog"
  | "model_aliases";

/** All stores, in the order in which they are exported, imported and digested. */
export const storeNames: readonly StoreName[] = [
  "settings",
  "download_history",
  "search_cache",
  "usage_cache",
  "node_metadata",
  "model_metadata",
  "model_catalog",
  "model_aliases",
];

/** A store's collection, as the `cutover` command knows it too. */
export function storeCollection(name: StoreName): CollectionDefinition {
  const found = modelsDownloader.collections.find((definition) => definition.name === name);
  if (found !== undefined) return found;
  throw new StorageError("CONFIG_INVALID", `the known layout has no collection "${name}"`);
}

/** Caches of searches that have no file in the original application; only `tavily` has one. */
export const searchSources = ["tavily", "huggingface", "civitai"] as const;

/** Where a cached answer came from. */
export type SearchSource = (typeof searchSources)[number];

const sourceCache = (source: SearchSource): CollectionDefinition => {
  const { fields, search, expiry } = storeCollection("search_cache");
  return defineCollection({
    name: `search_cache_${source}`,
    fields: Object.fromEntries(fields),
    search: search.map(({ member }) => member),
    ...(expiry === undefined ? {} : { expiry: expiry.member }),
    file: { path: `${source}_cache.json` },
  });
};

const otherCaches: Readonly<Record<Exclude<SearchSource, "tavily">, CollectionDefinition>> = {
  huggingface: sourceCache("huggingface"),
  civitai: sourceCache("civitai"),
};

/** The collection of one source's cached answers: equal keys of two sources never meet. */
export function searchCollection(source: SearchSource): CollectionDefinition {
  return source === "tavily" ? storeCollection("search_cache") : otherCaches[source];
}
