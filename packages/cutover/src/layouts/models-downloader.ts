import { boolean, defineCollection, integer, json, real, text, timestamp } from "@cutover/core";
import type { KnownLayout } from "./known-layout.ts";

/** The application writes the clock on the wall, with or without a fraction of a second. */
const localTime = timestamp({ as: "iso-local" });

const settings = defineCollection({ name: "settings" });

const downloadHistory = defineCollection({
  name: "download_history",
  key: "filename",
  fields: {
    id: text(),
    filename: text(),
    status: text(),
    error: text(),
    total_size: integer(),
    timestamp: localTime,
    directory: text(),
  },
  indexes: ["status", "timestamp"],
  search: ["filename"],
  order: "prepend",
  file: { shape: "array" },
});

const modelMetadata = defineCollection({
  name: "model_metadata",
  fields: {
    filename: text(),
    url: text(),
    url_source: text(),
    source: text(),
    hf_repo: text(),
    hf_path: text(),
    civitai_url: text(),
    civitai_model_id: text(),
    civitai_version_id: text(),
    model_name: text(),
    base_model: text(),
    description: text(),
    user_url: text(),
    model_type: text(),
    type: text(),
    directory: text(),
    path: text(),
    cached_at: localTime,
    updated_at: localTime,
    searched_at: localTime,
    scanned_at: localTime,
    downloaded_at: localTime,
    from_download: boolean(),
    search_method: text(),
    suggestions: json(),
    search_score: integer(),
    original_search_url: text(),
    note: text(),
    sha256_hash: text(),
    file_size: integer(),
  },
  indexes: ["filename", "source", "type", "model_type", "sha256_hash"],
  search: ["filename", "model_name", "description"],
});

const modelCatalog = defineCollection({
  name: "model_catalog",
  key: "filename",
  fields: {
    filename: text(),
    source: text(),
    repo_id: text(),
    hf_path: text(),
    civitai_model_id: text(),
    model_type: text(),
    local_path: text(),
    base_model: text(),
    protected: boolean(),
    tags: json(),
  },
  indexes: ["source", "model_type"],
  search: ["filename"],
  file: { shape: "array", at: ["models"] },
});

const searchCache = defineCollection({
  name: "search_cache",
  fields: {
    success: boolean(),
    results: json(),
    query: text(),
    cached_at: localTime,
    // The application never writes it: what it caches lasts until it is told otherwise.
    expires_at: timestamp({ as: "epoch-s" }),
  },
  indexes: ["query", "cached_at"],
  search: ["query"],
  expiry: "expires_at",
  file: { path: "tavily_cache.json" },
});

const usageCache = defineCollection({
  name: "usage_cache",
  fields: { last_used: timestamp({ as: "epoch-s" }), workflows: json() },
  indexes: ["last_used"],
});

const nodeMetadata = defineCollection({
  name: "node_metadata",
  fields: {
    node_type: text(),
    category: text(),
    description: text(),
    function: text(),
    input_types: json(),
    return_types: json(),
    deprecated: boolean(),
    experimental: boolean(),
    source: text(),
    scanned_at: localTime,
    github_url: text(),
    extension_name: text(),
    installed: boolean(),
    name: text(),
    author: text(),
    repository: text(),
    license: text(),
    downloads: integer(),
    rating: real(),
    latest_version: text(),
    fetched_at: localTime,
  },
  indexes: ["category", "source"],
  search: ["node_type", "name", "description"],
});

const modelAliases = defineCollection({
  name: "model_aliases",
  file: { path: "metadata/model-aliases.json", at: ["aliases"] },
});

/** ComfyUI Workflow Models Downloader: eight JSON files beside its `server.py`. */
export const modelsDownloader: KnownLayout = {
  name: "models-downloader",
  database: "wmd_data.db",
  // As Python's `json.dump(…, indent=2)` writes them.
  newFiles: { indent: "  ", ascii: true, trailingNewline: false },
  collections: [
    settings,
    downloadHistory,
    modelMetadata,
    modelCatalog,
    searchCache,
    usageCache,
    nodeMetadata,
    modelAliases,
  ],
  distinctive: [
    "download_history.json",
    "tavily_cache.json",
    "usage_cache.json",
    "node_metadata.json",
    "model_metadata.json",
    "metadata/model-aliases.json",
  ],
  notes: [
    "metadata/model-aliases.json: `aliases` holds the records; `version`, `description` and " +
      "`patterns` are no records and stay in the file",
    "model_catalog.json: `models` holds the records; `version`, `description` and `updated_at` " +
      "stay in the file",
  ],
};
