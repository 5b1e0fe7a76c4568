import { join } from "node:path";
import type { JsonObject, JsonValue } from "@cutover/core";
import { objectFile } from "../documents/object-file.ts";

/** One result of a search, as Tavily answers it. */
export interface TavilyResult {
  readonly title?: string | null;
  readonly url?: string | null;
  readonly content?: string | null;
  readonly score?: number | null;
}

/** Where a model can be had. */
export interface FoundUrl {
  readonly url: string;
  readonly source: string;
  /** Other members to store, such as `url_source` and `hf_repo`. */
  readonly details: JsonObject;
}

/** What is in ComfyUI's model folders. */
export interface ScannedModels {
  /** By the key they are to have. */
  readonly records: ReadonlyMap<string, JsonObject>;
  /** How many files there are, and where what is known of them comes from. */
  readonly scanned: number;
  readonly fromSafetensors: number;
  readonly fromModelList: number;
  readonly errors: number;
}

/** What is in a folder of workflows. */
export interface ReadWorkflows {
  readonly directory: string;
  readonly workflows: readonly { readonly name: string; readonly models: readonly string[] }[];
  /** How many files could not be read. */
  readonly errors: number;
}

/** What endpoints need beyond the stores; the network and ComfyUI's folders come in through here. */
export interface HttpServices {
  /** The present, in milliseconds since 1970, fractions allowed. */
  readonly clock: () => number;
  /** The extension map: `{repository: [[node type, …], {title, …}]}`; undefined where there is none. */
  readonly readExtensionMap: () => Promise<JsonObject | undefined>;
  /** All nodes of the registry, each with its `node_type`. */
  readonly fetchRegistryNodes: () => Promise<readonly JsonObject[]>;
  /** What the registry knows of one node type. */
  readonly fetchNode: (type: string) => Promise<JsonObject | undefined>;
  /** Whether the extension of this repository is installed. */
  readonly isInstalled: (githubUrl: string) => boolean;
  /** Folders of workflows that `cache-info` names. */
  readonly defaultDirectories: readonly string[];
  /** Asks Tavily for a file name. Default: none, and no `search-alternatives`. */
  readonly searchTavily?: (filename: string, apiKey: string) => Promise<readonly TavilyResult[]>;
  /** Looks for a model's URL. Default: none, and no `find-model-url`. */
  readonly findModelUrl?: (filename: string) => Promise<FoundUrl | undefined>;
  /** Reads the models in ComfyUI's folders. Default: none, and no `scan-model-metadata`. */
  readonly scanModels?: (known: ReadonlyMap<string, JsonValue>) => Promise<ScannedModels>;
  /**
   * Reads the workflows of a folder, or of the usual one; undefined where there is no such folder.
   * Default: none, and no `scan-all-workflows`.
   */
  readonly readWorkflows?: (directory: string | undefined) => Promise<ReadWorkflows | undefined>;
}

/** Services that need no network: the map in the folder, no registry, nothing installed. */
export function localServices(folder: string, services: Partial<HttpServices> = {}): HttpServices {
  return {
    // `Date.now` has milliseconds; the application's timestamps have microseconds.
    clock: () => performance.timeOrigin + performance.now(),
    readExtensionMap: objectFile(join(folder, "metadata", "extension-node-map.json")),
    fetchRegistryNodes: () => Promise.resolve([]),
    fetchNode: () => Promise.resolve(undefined),
    isInstalled: () => false,
    defaultDirectories: [],
    ...services,
  };
}
