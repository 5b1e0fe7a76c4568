import { type JsonObject, type JsonValue, setMember } from "@cutover/core";

/** The settings that the application knows, in the order in which it writes them. */
export interface Settings extends JsonObject {
  readonly huggingface_token: JsonValue;
  readonly civitai_api_key: JsonValue;
  readonly tavily_api_key: JsonValue;
  readonly enable_advanced_search: JsonValue;
  readonly max_parallel_downloads: JsonValue;
}

/** Settings that are secrets. */
export const tokenNames = ["huggingface_token", "civitai_api_key", "tavily_api_key"] as const;

/** The name of a secret setting. */
export type TokenName = (typeof tokenNames)[number];

/** What holds where nothing was chosen. */
export const defaultSettings: Settings = {
  huggingface_token: "",
  civitai_api_key: "",
  tavily_api_key: "",
  enable_advanced_search: false,
  max_parallel_downloads: 3,
};

/** Chosen settings over the defaults; unknown ones come last. */
export function withDefaults(chosen: Iterable<readonly [string, JsonValue]>): Settings {
  const settings: Record<string, JsonValue> = {};
  for (const [name, value] of chosen) setMember(settings, name, value);
  return { ...defaultSettings, ...settings };
}
