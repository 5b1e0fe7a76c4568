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

/** A file in ComfyUI's model folders. */
export interface InstalledModel {
  /** Relative to the folder of its type, as a workflow names it. */
  readonly filename: string;
  /** The folder, such as `loras`. */
  readonly type: string;
  /** For people, such as `1.50 GB`; null where it is not known. */
  readonly size: string | null;
  /** Seconds since 1970; null where it is not known. */
  readonly modified: number | null;
}

/** A model that a workflow names, and what the folders and lists of models know of it. */
export interface WorkflowModel {
  readonly filename: string;
  /** For people, such as `LoRA`. */
  readonly type: string;
  readonly directory: string;
  readonly fullPath: string;
  readonly exists: boolean;
  /** For people; empty where there is no file. */
  readonly localSize: string;
  readonly nodeType: string;
  /** Empty where none was found. */
  readonly url: string;
  /** Who told the URL, such as `model_list`. Default: the workflow. */
  readonly urlSource?: string;
  readonly hfRepo?: string;
  readonly hfPath?: string;
  readonly alternatives: readonly JsonObject[];
}

/** What is stored of a model, by the name a workflow gives it. */
export type KnownModel = (filename: string) => Promise<JsonObject | undefined>;

/** A file that holds a workflow; `workflow` is undefined where it is no JSON. */
export interface WorkflowFile {
  readonly name: string;
  readonly workflow: JsonValue | undefined;
}

/** What a URL leads to. */
export interface AnalyzedUrl {
  readonly filename: string;
  readonly modelType: string;
  readonly suggestedDirectory: string;
  /** For people; null where it is not known. */
  readonly size: string | null;
  /** For people, such as `HuggingFace`. */
  readonly source: string;
  /** Default: the one that was asked for. */
  readonly url?: string;
}

/** What an advanced search found: a model's URL, or pages that may lead to it. */
export type AdvancedResult =
  | {
      readonly url: string;
      /** Default: `tavily`. */
      readonly source?: string;
      readonly modelName?: string;
      readonly civitaiUrl?: string;
    }
  | { readonly results: readonly TavilyResult[] };

/** A file to be downloaded. */
export interface DownloadRequest {
  readonly id: string;
  /** As asked for; the host's token is not added to it. */
  readonly url: string;
  /** To be sent, and not to be stored; empty where there is none. */
  readonly token: string;
  /** As requested; may hold folders. */
  readonly filename: string;
  /** Below ComfyUI's folder of models. */
  readonly directory: string;
  /** True to download a file that is there already. */
  readonly force: boolean;
  /** Aborted when the server no longer waits. What ends after that leaves no trace. */
  readonly signal: AbortSignal;
}

/** How a download ended. A cancelled one is noted nowhere. */
export type TransferOutcome =
  | {
      readonly status: "completed";
      readonly sizeBytes: number;
      /** Where the file lies now. Default: the directory that was asked for. */
      readonly directory?: string;
    }
  | { readonly status: "error"; readonly error: string | null; readonly directory?: string }
  | { readonly status: "cancelled" };

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
  /** Lists the files in ComfyUI's model folders. Default: none, and no `unused`. */
  readonly listModels?: () => Promise<readonly InstalledModel[]>;
  /** Looks for the models that a workflow names. Default: none; no `scan` or `parse-workflow`. */
  readonly scanWorkflow?: (
    workflow: JsonValue,
    known: KnownModel,
  ) => Promise<readonly WorkflowModel[]>;
  /** Reads a workflow; undefined where there is no such file. Default: none, no `parse-workflow`. */
  readonly readWorkflowFile?: (path: string) => Promise<WorkflowFile | undefined>;
  /** Asks what a URL leads to. Default: none, and no `analyze-url`. */
  readonly analyzeUrl?: (url: string, token: string) => Promise<AnalyzedUrl>;
  /** Searches the network for a model. Default: none, and no `advanced-search`. */
  readonly searchModel?: (filename: string, apiKey: string) => Promise<AdvancedResult | undefined>;
  /** Looks in a page for the file's own URL. Default: none, and no `extract-source`. */
  readonly findFileUrl?: (pageUrl: string, filename: string) => Promise<string | undefined>;
  /** Downloads a file to its place. A rejection is a download that failed. Default: none. */
  readonly download?: (request: DownloadRequest) => Promise<TransferOutcome>;
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
