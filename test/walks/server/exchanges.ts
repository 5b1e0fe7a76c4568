import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import type { Request } from "./client.ts";

function requestOf(value: JsonValue): Request {
  if (!isJsonObject(value) || typeof value["path"] !== "string")
    throw new Error("an exchange has no path");
  const { method, path, body, raw } = value;
  if (method === "GET") return { path };
  return { path, body: typeof raw === "string" ? raw : isJsonObject(body) ? body : "" };
}

/** The requests of a recording; what was answered then is not asked for here. */
export async function recordedRequests(samples: string): Promise<Request[]> {
  const text = await readFile(join(samples, "models-downloader-http.json"), "utf8");
  const { exchanges }: JsonObject = JSON.parse(text);
  if (!Array.isArray(exchanges)) throw new Error("no recording");
  return exchanges.map(requestOf);
}

const model = { filename: "sub dir/new model é.safetensors", url: "https://host.example/m?x=1" };

/** One request of each kind, and some that are refused. */
export const inventedRequests: readonly Request[] = [
  { path: "/settings" },
  {
    path: "/settings",
    body: { civitai_api_key: "invented-key-1234", enable_advanced_search: true },
  },
  { path: "/settings", body: "{" },
  { path: "/settings/parallel", body: { max_parallel: 4 } },
  { path: "/settings" },
  { path: "/model-metadata" },
  { path: "/save-model-url", body: model },
  { path: "/save-model-url", body: {} },
  { path: "/save-model-source", body: { ...model, filename: "other.gguf" } },
  { path: `/model-url?filename=${encodeURIComponent(model.filename)}` },
  { path: "/model-url?filename=NOT-THERE.bin" },
  { path: "/search-cache/other.gguf" },
  { path: "/track-usage", body: { models: [{ filename: "other.gguf" }, "odd"] } },
  { path: "/track-usage", body: { models: [{ filename: "other.gguf" }, { filename: "a.bin" }] } },
  { path: "/cache-info" },
  { path: "/tavily-cache-all" },
  { path: "/node-metadata" },
  { path: "/node-info?node_type=KSampler" },
  { path: "/fuzzy-match", body: { filename: "other", threshold: 0.5 } },
  { path: "/download-history" },
  { path: "/delete-history-item", body: { filename: "not there" } },
  { path: "/model-metadata" },
];

/** What takes everything away; asked once, at the end. */
export const finalRequests: readonly Request[] = [
  { path: "/clear-cache", body: {} },
  { path: "/cache-info" },
  { path: "/clear-download-history", body: {} },
  { path: "/download-history" },
];

/** What two folders answer, or hold, otherwise for a good reason: when it was, and where they lie. */
const incidental: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?/g, "<time>"],
  [/"last_used": ?[\d.]+/g, '"last_used":<time>'],
  [/"cache_file":"[^"]*"/g, '"cache_file":<path>'],
  [/"cache_size_bytes":\d+/g, '"cache_size_bytes":<size>'],
];

/** Without what is incidental. */
export function comparable(text: string): string {
  return incidental.reduce((masked, [pattern, mask]) => masked.replaceAll(pattern, mask), text);
}
