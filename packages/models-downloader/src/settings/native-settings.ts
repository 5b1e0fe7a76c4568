import type { JsonObject, JsonValue } from "@cutover/core";
import { objectFile } from "../documents/object-file.ts";

/** Reads ComfyUI's own settings; undefined where there are none. */
export type ReadNativeSettings = () => Promise<JsonObject | undefined>;

/** ComfyUI's names for the settings. */
const nativeNames: readonly (readonly [setting: string, native: string])[] = [
  ["huggingface_token", "WorkflowModelsDownloader.HuggingFaceToken"],
  ["civitai_api_key", "WorkflowModelsDownloader.CivitAIApiKey"],
  ["tavily_api_key", "WorkflowModelsDownloader.TavilyApiKey"],
  ["enable_advanced_search", "WorkflowModelsDownloader.EnableAdvancedSearch"],
  ["max_parallel_downloads", "WorkflowModelsDownloader.MaxParallelDownloads"],
];

/** The settings that ComfyUI has for this extension, values as they stand there. */
export function fromNative(native: JsonObject): [string, JsonValue][] {
  return nativeNames.flatMap(([setting, name]) => {
    const value = Object.hasOwn(native, name) ? native[name] : undefined;
    return value === undefined ? [] : [[setting, value]];
  });
}

/**
 * Makes a reader of ComfyUI's settings file, such as `user/default/comfy.settings.json`.
 *
 * The reader rejects with CORRUPT_DATA when the file is there and cannot be read as an object: a
 * token that is there must not turn into none because of that.
 */
export function nativeSettingsFile(path: string): ReadNativeSettings {
  return objectFile(path);
}
